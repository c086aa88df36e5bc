#include <fmt/format.h>

#include <array>
#include <cmath>
#include <span>

#include "costmodel/base/unit_text.h"

namespace costmodel {

namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr double kibi = 1024.0;

// Three significant digits of a number below 1000 after scaling, more when it is larger; no trailing zeros.
std::string three_digits(double value) {
  const double size = std::abs(value);
  const int decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 || size == 0 ? 2 : 3;
  std::string text = fmt::format("{:.{}f}", value, decimals);
  if (text.find('.') != std::string::npos) {
    while (text.back() == '0') text.pop_back();
    if (text.back() == '.') text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

double rounded_to_three_digits(double value) {
  if (value == 0 || !std::isfinite(value)) return value;
  const double scale = std::pow(10.0, 2.0 - std::floor(std::log10(std::abs(value))));
  return std::isfinite(scale) && scale > 0 ? std::round(value * scale) / scale : value;
}

// The value in the first unit in which it is at least 1, else in the last one; units from large to small.
std::string in_largest_unit(double value, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    const double count = rounded_to_three_digits(value / unit.factor);
    if (std::abs(count) >= 1) return three_digits(count) + " " + std::string(unit.name);
  }
  const Unit& smallest = units.back();
  if (value == 0) return "0 " + std::string(smallest.name);
  return fmt::format("{:.3g} {}", value / smallest.factor, smallest.name);
}

// The shortest text in the first unit that reads back as the same double.
template <class Parse>
std::string exact_text(double value, std::span<const Unit> units, Parse parse) {
  std::string best;
  for (const Unit& unit : units) {
    const std::string text = fmt::format("{} {}", value / unit.factor, unit.name);
    if (parse(text).value == value && (best.empty() || text.size() < best.size())) best = text;
  }
  return best.empty() ? fmt::format("{} {}", value, units.back().name) : best;
}

}  // namespace

std::string format_bytes(Bytes bytes) {
  constexpr std::array units{Unit{"GiB", kibi * kibi * kibi}, Unit{"MiB", kibi * kibi}, Unit{"KiB", kibi},
                             Unit{"B", 1}};
  // 1023.9 MiB would print four digits: it is 1 GiB on a screen.
  for (std::size_t i = 1; i < units.size(); ++i) {
    const double count = rounded_to_three_digits(bytes.value / units[i].factor);
    if (std::abs(count) >= 1000 && std::abs(bytes.value) < units[i - 1].factor)
      return three_digits(bytes.value / units[i - 1].factor) + " " + std::string(units[i - 1].name);
  }
  return in_largest_unit(bytes.value, units);
}

std::string format_seconds(Seconds seconds) {
  constexpr std::array units{Unit{"s", 1}, Unit{"ms", 1e-3}, Unit{"us", 1e-6}, Unit{"ns", 1e-9}};
  return seconds.value == 0 ? "0 s" : in_largest_unit(seconds.value, units);
}

std::string format_bandwidth(BytesPerSecond rate) {
  constexpr std::array units{Unit{"GB/s", 1e9}};
  return in_largest_unit(rate.value, units);
}

std::string format_flops_rate(FlopsPerSecond rate) {
  constexpr std::array units{Unit{"TFLOP/s", 1e12}, Unit{"GFLOP/s", 1e9}, Unit{"MFLOP/s", 1e6},
                             Unit{"FLOP/s", 1}};
  return rate.value == 0 ? "0 TFLOP/s" : in_largest_unit(rate.value, units);
}

std::string format_tokens(std::int64_t tokens) {
  constexpr std::int64_t thousand = 1024;
  constexpr std::int64_t million = thousand * thousand;
  if (tokens == 0 || tokens % thousand != 0) return std::to_string(tokens);
  if (tokens % (million / 4) == 0 && tokens >= million)  // 1M, 1.25M, 1.5M
    return fmt::format("{}M", static_cast<double>(tokens) / static_cast<double>(million));
  return fmt::format("{}K", tokens / thousand);
}

std::string format_tokens_short(std::int64_t tokens) {
  if (std::abs(tokens) < 1000) return std::to_string(tokens);
  const double thousands = static_cast<double>(tokens) / kibi;
  if (std::abs(rounded_to_three_digits(thousands)) < 1000) return three_digits(thousands) + "K";
  return three_digits(thousands / kibi) + "M";
}

std::string format_number(double number) {
  const double rounded = rounded_to_three_digits(number);
  const double size = std::abs(rounded);
  if (size != 0 && (size < 0.01 || size >= 1e7)) return fmt::format("{:.3g}", number);
  return three_digits(rounded);
}

std::string exact_bytes(Bytes bytes) {
  constexpr std::array units{Unit{"GB", 1e9}, Unit{"GiB", kibi * kibi * kibi}, Unit{"MiB", kibi * kibi},
                             Unit{"B", 1}};
  return exact_text(bytes.value, units, parse_bytes);
}

std::string exact_seconds(Seconds seconds) {
  constexpr std::array units{Unit{"us", 1e-6}, Unit{"ms", 1e-3}, Unit{"s", 1}};
  return exact_text(seconds.value, units, parse_seconds);
}

std::string exact_bandwidth(BytesPerSecond rate) {
  constexpr std::array units{Unit{"GB/s", 1e9}, Unit{"MB/s", 1e6}, Unit{"B/s", 1}};
  return exact_text(rate.value, units, parse_bandwidth);
}

std::string exact_flops_rate(FlopsPerSecond rate) {
  constexpr std::array units{Unit{"TFLOP/s", 1e12}, Unit{"FLOP/s", 1}};
  return exact_text(rate.value, units, parse_flops_rate);
}

std::string exact_number(double number) { return fmt::format("{}", number); }

}  // namespace costmodel
