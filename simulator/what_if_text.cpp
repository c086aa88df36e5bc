#include "simulator/what_if_text.h"

#include <fmt/format.h>

#include <map>

#include "costmodel/base/error.h"
#include "costmodel/base/in_quotes.h"
#include "costmodel/base/unit_text.h"

namespace simulator {

using costmodel::Error;
using costmodel::in_quotes;

namespace {

// "rank=3,slowdown=1.3" with exactly these keys.
std::map<std::string, std::string> fields_of(const std::string& text, const std::vector<std::string>& keys,
                                             const std::string& example) {
  std::map<std::string, std::string> fields;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string part = text.substr(begin, end - begin);
    const std::size_t equals = part.find('=');
    const std::string key = part.substr(0, equals);
    bool known = false;
    for (const std::string& wanted : keys) known |= key == wanted;
    if (!known || equals == std::string::npos || equals + 1 == part.size() || fields.contains(key))
      throw Error("cannot read " + in_quotes(text) + "; expected something like " + example);
    fields[key] = part.substr(equals + 1);
    begin = end + 1;
  }
  for (const std::string& key : keys)
    if (!fields.contains(key))
      throw Error(in_quotes(text) + " does not say the " + key + "; expected something like " + example);
  return fields;
}

constexpr std::int64_t most_ranks = 1 << 20;

std::int64_t parse_rank(const std::string& text) {
  return costmodel::parse_count(text, "the rank", 0, most_ranks);
}

}  // namespace

std::vector<Straggler> parse_straggler(const std::string& text) {
  const auto fields = fields_of(text, {"rank", "slowdown"}, "rank=3,slowdown=1.3");
  const std::string& ranks = fields.at("rank");
  const std::size_t dots = ranks.find("..");
  const std::int64_t first = parse_rank(ranks.substr(0, dots));
  const std::int64_t last = dots == std::string::npos ? first : parse_rank(ranks.substr(dots + 2));
  const double slowdown = costmodel::parse_number(fields.at("slowdown"));
  if (last < first)
    throw Error("the ranks of " + in_quotes(text) + " end before they begin; expected rank=8..15");
  if (slowdown < 0.1 || slowdown > 1000)
    throw Error("a slowdown of " + fields.at("slowdown") + " is out of range; expected a factor such as 1.3");
  std::vector<Straggler> stragglers;
  for (std::int64_t r = first; r <= last; ++r) stragglers.push_back({costmodel::Rank(r), slowdown});
  return stragglers;
}

DegradedLink parse_degraded(const std::string& text) {
  const auto fields = fields_of(text, {"link", "factor"}, "link=node1.nic2,factor=0.5");
  const double factor = costmodel::parse_number(fields.at("factor"));
  if (factor < 1e-6 || factor > 1000)
    throw Error(
        "a factor of " + fields.at("factor") +
        " is out of range; expected a share of the bandwidth such as 0.5, or --fail link=... for none");
  return {fields.at("link"), factor};
}

std::string parse_failed(const std::string& text) {
  return fields_of(text, {"link"}, "link=node1.nic2").at("link");
}

double parse_jitter(const std::string& text) {
  const bool percent = text.ends_with('%');
  const double value =
      costmodel::parse_number(percent ? text.substr(0, text.size() - 1) : text) / (percent ? 100 : 1);
  if (value > 1) throw Error("a jitter of " + text + " is out of range; expected a share such as 0.1 or 10%");
  return value;
}

Spine parse_spine(const std::string& text) {
  if (text == "even") return Spine::even;
  if (text == "hashed") return Spine::hashed;
  throw Error("cannot read " + in_quotes(text) + "; expected even or hashed");
}

void parse_all_to_all(const std::string& text, WhatIf& what_if) {
  if (text == "aggregate") {
    what_if.all_to_all = AllToAll::aggregate;
    return;
  }
  if (text != "rounds" && !text.starts_with("rounds:"))
    throw Error("cannot read " + in_quotes(text) + "; expected aggregate, rounds or rounds:8");
  what_if.all_to_all = AllToAll::rounds;
  if (text != "rounds")
    what_if.window = static_cast<int>(costmodel::parse_count(text.substr(7), "the window", 1, 4096));
}

std::string what_if_text(const WhatIf& what_if) {
  std::vector<std::string> parts;
  if (what_if.stragglers.size() > 4)
    parts.push_back(fmt::format("{} ranks compute longer, rank {} {}x as long", what_if.stragglers.size(),
                                what_if.stragglers.front().rank.value,
                                costmodel::format_number(what_if.stragglers.front().slowdown)));
  else
    for (const Straggler& s : what_if.stragglers)
      parts.push_back(
          fmt::format("rank {} computes {}x as long", s.rank.value, costmodel::format_number(s.slowdown)));
  for (const DegradedLink& d : what_if.degraded)
    parts.push_back(
        fmt::format("{} at {} % of its bandwidth", d.links, costmodel::format_number(100 * d.factor)));
  for (const std::string& failed : what_if.failed) parts.push_back(failed + " failed");
  if (what_if.jitter > 0)
    parts.push_back(fmt::format("kernels vary by {} %", costmodel::format_number(100 * what_if.jitter)));
  if (what_if.start_spread.value > 0)
    parts.push_back("ranks begin within " + costmodel::format_seconds(what_if.start_spread));
  if (what_if.spine == Spine::hashed) parts.push_back("flows are hashed onto uplinks");
  if (what_if.all_to_all == AllToAll::rounds)
    parts.push_back(fmt::format("all-to-all in rounds, {} messages in flight", what_if.window));
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : "; ") + part;
  return text;
}

}  // namespace simulator
