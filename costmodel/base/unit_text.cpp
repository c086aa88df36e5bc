#include "costmodel/base/unit_text.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>

#include "costmodel/base/error.h"
#include "costmodel/base/in_quotes.h"

namespace costmodel {

namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr double kibi = 1024.0;
constexpr std::array byte_units{
    Unit{"B", 1},
    Unit{"KB", 1e3},
    Unit{"MB", 1e6},
    Unit{"GB", 1e9},
    Unit{"TB", 1e12},
    Unit{"PB", 1e15},
    Unit{"EB", 1e18},
    Unit{"KiB", kibi},
    Unit{"MiB", kibi* kibi},
    Unit{"GiB", kibi* kibi* kibi},
    Unit{"TiB", kibi* kibi* kibi* kibi},
};
constexpr std::array bit_units{
    Unit{"b", 1.0 / 8},
    Unit{"Kb", 1e3 / 8},
    Unit{"Mb", 1e6 / 8},
    Unit{"Gb", 1e9 / 8},
    Unit{"Tb", 1e12 / 8},
    Unit{"bit", 1.0 / 8},
    Unit{"Kbit", 1e3 / 8},
    Unit{"Mbit", 1e6 / 8},
    Unit{"Gbit", 1e9 / 8},
    Unit{"Tbit", 1e12 / 8},
    Unit{"Kib", kibi / 8},
    Unit{"Mib", kibi* kibi / 8},
    Unit{"Gib", kibi* kibi* kibi / 8},
};
constexpr std::array flop_units{
    Unit{"FLOP", 1},     Unit{"KFLOP", 1e3},  Unit{"MFLOP", 1e6},  Unit{"GFLOP", 1e9},
    Unit{"TFLOP", 1e12}, Unit{"PFLOP", 1e15}, Unit{"EFLOP", 1e18},
};
constexpr std::array second_units{
    Unit{"s", 1},          Unit{"ms", 1e-3},      Unit{"us", 1e-6},
    Unit{"\u00B5s", 1e-6}, Unit{"\u03BCs", 1e-6}, Unit{"ns", 1e-9},
};

constexpr std::string_view expected_bytes = "expected a size with its unit, such as \"80 GB\" or \"64 GiB\"";
constexpr std::string_view expected_bandwidth =
    "expected a rate with its unit per second, such as \"400 Gb/s\" or \"50 GB/s\"";
constexpr std::string_view expected_flops_rate =
    "expected a rate with its unit per second, such as \"312 TFLOP/s\"";
constexpr std::string_view expected_seconds =
    "expected a time with its unit, such as \"1.5 us\" or \"12 ms\"";
constexpr std::string_view expected_tokens =
    "expected a count of tokens, such as \"128K\" (131072), \"1M\" (1048576) or 100000";
constexpr std::string_view expected_number = "expected a number without a unit, such as 1.5";

// `why` is empty or ends with "; ".
[[noreturn]] void fail(std::string_view text, std::string_view why, std::string_view expected) {
  throw Error(fmt::format("cannot read {}: {}{}", in_quotes(text), why, expected));
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

struct Split {
  double number;
  std::string_view digits;  // the number as written
  std::string_view unit;
};

Split split(std::string_view text, std::string_view expected) {
  const std::string_view body = trimmed(text);
  if (body.empty()) fail(text, "it is empty; ", expected);
  if (body.front() == '-') fail(text, "it must not be negative; ", expected);
  // std::from_chars would also take "inf" and "nan".
  if (body.front() != '.' && (body.front() < '0' || body.front() > '9')) fail(text, "", expected);
  double number = 0;
  const auto [end, status] = std::from_chars(body.data(), body.data() + body.size(), number);
  if (status == std::errc::result_out_of_range)
    fail(text, "the number is too large or too small; ", expected);
  if (status != std::errc()) fail(text, "", expected);
  const auto length = static_cast<std::size_t>(end - body.data());
  return {number, body.substr(0, length), trimmed(body.substr(length))};
}

// Largest value that any quantity may have in base units; beyond it sums and products would overflow.
constexpr double largest_quantity = 1e24;

double scaled(std::string_view text, double number, double factor, std::string_view expected) {
  const double value = number * factor;
  if (value > largest_quantity) fail(text, "the value is absurdly large; ", expected);
  return value;
}

bool find_unit(std::string_view name, std::span<const Unit> units, double& factor) {
  for (const Unit& unit : units) {
    const bool small_k =
        !name.empty() && name.front() == 'k' && !unit.name.empty() && unit.name.front() == 'K';
    if (name == unit.name || (small_k && name.substr(1) == unit.name.substr(1))) {
      factor = unit.factor;
      return true;
    }
  }
  return false;
}

bool drop_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

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

Bytes parse_bytes(std::string_view text) {
  const Split part = split(text, expected_bytes);
  double factor = 0;
  if (find_unit(part.unit, byte_units, factor))
    return Bytes(scaled(text, part.number, factor, expected_bytes));
  if (part.unit.empty()) fail(text, "it has no unit; ", expected_bytes);
  if (find_unit(part.unit, bit_units, factor)) fail(text, "a small b means bits; ", expected_bytes);
  fail(text, "", expected_bytes);
}

BytesPerSecond parse_bandwidth(std::string_view text) {
  const Split part = split(text, expected_bandwidth);
  if (part.unit.empty()) fail(text, "it has no unit; ", expected_bandwidth);
  std::string_view unit = part.unit;
  double factor = 0;
  if ((drop_suffix(unit, "/s") || drop_suffix(unit, "ps")) &&
      (find_unit(unit, byte_units, factor) || find_unit(unit, bit_units, factor)))
    return BytesPerSecond(scaled(text, part.number, factor, expected_bandwidth));
  fail(text, "", expected_bandwidth);
}

FlopsPerSecond parse_flops_rate(std::string_view text) {
  const Split part = split(text, expected_flops_rate);
  if (part.unit.empty()) fail(text, "it has no unit; ", expected_flops_rate);
  std::string_view unit = part.unit;
  double factor = 0;
  if ((drop_suffix(unit, "/s") || drop_suffix(unit, "S")) && find_unit(unit, flop_units, factor))
    return FlopsPerSecond(scaled(text, part.number, factor, expected_flops_rate));
  fail(text, "", expected_flops_rate);
}

Seconds parse_seconds(std::string_view text) {
  const Split part = split(text, expected_seconds);
  double factor = 0;
  if (find_unit(part.unit, second_units, factor))
    return Seconds(scaled(text, part.number, factor, expected_seconds));
  if (part.unit.empty()) fail(text, "it has no unit; ", expected_seconds);
  if (part.unit == "m") fail(text, "\"m\" could be minutes or milliseconds; ", expected_seconds);
  fail(text, "", expected_seconds);
}

std::int64_t parse_tokens(std::string_view text) {
  const Split part = split(text, expected_tokens);
  double factor = 0;
  if (part.unit.empty())
    factor = 1;
  else if (part.unit == "K" || part.unit == "k" || part.unit == "Ki")
    factor = kibi;
  else if (part.unit == "M" || part.unit == "Mi")
    factor = kibi * kibi;
  else if (part.unit == "G" || part.unit == "Gi")
    factor = kibi * kibi * kibi;
  else
    fail(text, "", expected_tokens);
  const double tokens = part.number * factor;
  constexpr double largest = 9007199254740992.0;  // 2^53: every whole number below is a double
  if (tokens > largest) fail(text, "that is more tokens than can be counted; ", expected_tokens);
  if (tokens != std::floor(tokens))
    fail(text, fmt::format("{} is not a whole number of tokens; ", fmt::format("{:.1f}", tokens)),
         expected_tokens);
  return static_cast<std::int64_t>(tokens);
}

double parse_number(std::string_view text) {
  const Split part = split(text, expected_number);
  if (!part.unit.empty()) fail(text, "", expected_number);
  return scaled(text, part.number, 1, expected_number);
}

std::int64_t parse_count(std::string_view text, std::string_view what, std::int64_t smallest,
                         std::int64_t largest) {
  const std::string expected = fmt::format("{} is a whole number from {} to {}, such as {}", what, smallest,
                                           largest, std::min(largest, std::max<std::int64_t>(smallest, 8)));
  const std::string_view body = trimmed(text);
  std::int64_t count = 0;
  const auto [end, status] = std::from_chars(body.data(), body.data() + body.size(), count);
  if (status != std::errc() || end != body.data() + body.size() || count < smallest || count > largest)
    fail(text, "", expected);
  return count;
}

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
