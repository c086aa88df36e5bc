#include "costmodel/base/unit_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
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

}  // namespace costmodel
