// Reading --over: "sequence=32K..1M", "nic_bandwidth=25 GB/s..100 GB/s:4", "batch=1,2,4".
#include <algorithm>
#include <cmath>

#include "costmodel/answer/sweep.h"
#include "costmodel/base/error.h"
#include "costmodel/base/unit_text.h"
#include "costmodel/spec/scenario_override.h"

namespace costmodel {

namespace {

constexpr std::size_t most_values = 100000;

Error bad(const std::string& text, const std::string& why) {
  return Error("cannot read \"" + text + "\": " + why, InputLocation{"", 0, 0, "--over"});
}

enum class ValueKind { tokens, count, bandwidth, bytes, number, word };

ValueKind kind_of(const std::string& key) {
  if (key == "sequence") return ValueKind::tokens;
  if (key == "batch" || key == "nodes" || key == "gpus") return ValueKind::count;
  if (key == "nic_bandwidth" || key == "link_bandwidth") return ValueKind::bandwidth;
  if (key == "memory" || key == "memory_reserve") return ValueKind::bytes;
  if (key == "oversubscription") return ValueKind::number;
  return ValueKind::word;
}

double parse_value(ValueKind kind, const std::string& text) {
  switch (kind) {
    case ValueKind::tokens: return static_cast<double>(parse_tokens(text));
    case ValueKind::count: return static_cast<double>(parse_count(text, "the value", 1, 1 << 20));
    case ValueKind::bandwidth: return parse_bandwidth(text).value;
    case ValueKind::bytes: return parse_bytes(text).value;
    case ValueKind::number: return parse_number(text);
    case ValueKind::word: break;
  }
  return 0;
}

std::string value_text(ValueKind kind, double value) {
  switch (kind) {
    case ValueKind::tokens: return format_tokens(static_cast<std::int64_t>(value));
    case ValueKind::count: return std::to_string(static_cast<std::int64_t>(value));
    case ValueKind::bandwidth: return exact_bandwidth(BytesPerSecond(value));
    case ValueKind::bytes: return exact_bytes(Bytes(value));
    case ValueKind::number:
    case ValueKind::word: return exact_number(value);
  }
  return "";
}

bool whole(ValueKind kind) { return kind == ValueKind::tokens || kind == ValueKind::count; }

// Doubling from low to high when no number of points is given, else that many in equal ratios.
std::vector<double> range(double low, double high, std::optional<std::int64_t> points, ValueKind kind) {
  std::vector<double> values;
  if (!points) {
    for (double v = low; v <= high * (1 + 1e-9) && values.size() < most_values; v *= 2) values.push_back(v);
    return values;
  }
  for (std::int64_t i = 0; i < *points; ++i) {
    const double share = *points > 1 ? static_cast<double>(i) / static_cast<double>(*points - 1) : 0.0;
    double v = low * std::pow(high / low, share);
    // Whole numbers of tokens that rings can divide: multiples of 1,024 once there is room for them.
    if (kind == ValueKind::tokens && v >= 16384) v = std::round(v / 1024.0) * 1024.0;
    if (whole(kind)) v = std::round(v);
    if (values.empty() || v > values.back()) values.push_back(v);
  }
  return values;
}

SweepAxis parse_range(const std::string& key, const std::string& spec, std::size_t dots) {
  const ValueKind kind = kind_of(key);
  if (kind == ValueKind::word)
    throw bad(spec, key + " has no ranges; list its values, such as \"" + key + "=a,b\"");
  std::string high_text = spec.substr(dots + 2);
  std::optional<std::int64_t> points;
  if (const std::size_t colon = high_text.rfind(':'); colon != std::string::npos) {
    points = parse_count(high_text.substr(colon + 1), "the number of points", 1, most_values);
    high_text.resize(colon);
  }
  const double low = parse_value(kind, spec.substr(0, dots)), high = parse_value(kind, high_text);
  if (!(low > 0) || high < low) throw bad(spec, "expected a range from small to large, such as \"32K..1M\"");
  SweepAxis axis{key, {}};
  for (const double v : range(low, high, points, kind)) axis.values.push_back(value_text(kind, v));
  return axis;
}

}  // namespace

SweepAxis parse_sweep_axis(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals + 1 == text.size())
    throw bad(text, "expected key=values, such as \"sequence=32K..1M\" or \"batch=1,2,4\"");
  std::string key = text.substr(0, equals);
  std::replace(key.begin(), key.end(), '-', '_');
  const std::vector<std::string>& keys = override_keys();
  if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
    std::string all;
    for (const std::string& k : keys) all += (all.empty() ? "" : ", ") + k;
    const std::string near = nearest_word(key, keys);
    throw bad(text, "unknown key \"" + key + "\", expected one of " + all +
                        (near.empty() ? "" : "; did you mean \"" + near + "\"?"));
  }
  const std::string spec = text.substr(equals + 1);
  try {
    if (const std::size_t dots = spec.find(".."); dots != std::string::npos)
      return parse_range(key, spec, dots);
    SweepAxis axis{key, {}};
    for (std::size_t begin = 0; begin <= spec.size();) {
      const std::size_t end = std::min(spec.find(',', begin), spec.size());
      if (end == begin) throw bad(text, "an empty value");
      axis.values.push_back(spec.substr(begin, end - begin));
      begin = end + 1;
    }
    return axis;
  } catch (const Error& error) {
    if (error.where()) throw;
    throw error.at(InputLocation{"", 0, 0, "--over"});
  }
}

}  // namespace costmodel
