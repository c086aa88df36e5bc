#include "gui/jobs/sweep_grid.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "costmodel/base/unit_text.h"

namespace gui {

namespace {

constexpr std::int64_t doublings_of_sequence = 3;  // down and up
constexpr int most_nodes = 64;
constexpr int most_steps = 8;                // between two limits
constexpr std::int64_t parts_of_least = 16;  // sequences between limits are multiples of such a part

// From least to most, evenly in the logarithm, as multiples of a unit of which both are.
std::vector<std::int64_t> stepsBetween(std::int64_t least, std::int64_t most, std::int64_t unit) {
  std::vector<std::int64_t> values;
  for (int k = 0; k <= most_steps; ++k) {
    const double exact =
        static_cast<double>(least) *
        std::pow(static_cast<double>(most) / static_cast<double>(least), static_cast<double>(k) / most_steps);
    const std::int64_t value = std::llround(exact / static_cast<double>(unit)) * unit;
    if (value > 0 && (values.empty() || value > values.back())) values.push_back(value);
  }
  return values;
}

}  // namespace

SweepGrid gridAround(const costmodel::Scenario& scenario) {
  SweepGrid grid;
  const std::int64_t sequence = scenario.workload.sequence;
  for (std::int64_t k = -doublings_of_sequence; k <= doublings_of_sequence; ++k) {
    const std::int64_t tokens = k < 0 ? sequence >> -k : sequence << k;
    if (tokens > 0 && (k >= 0 || tokens << -k == sequence))
      grid.sequences.push_back(costmodel::format_tokens(tokens));
  }
  const int present = scenario.cluster.node_count();
  if (!scenario.cluster.uniform()) {
    // Nodes that differ have no number to turn.
    grid.nodes = {std::to_string(present)};
    return grid;
  }
  for (int nodes = 1; nodes < present; nodes *= 2) grid.nodes.push_back(std::to_string(nodes));
  for (int nodes = present; nodes <= std::max(present, std::min(most_nodes, 4 * present)); nodes *= 2)
    grid.nodes.push_back(std::to_string(nodes));
  return grid;
}

SweepGrid gridBetween(const costmodel::Scenario& scenario, const SweepLimits& limits) {
  SweepGrid grid;
  const std::int64_t part =
      limits.least_tokens % parts_of_least == 0 ? limits.least_tokens / parts_of_least : limits.least_tokens;
  const std::int64_t unit = std::gcd(part, limits.most_tokens);
  for (const std::int64_t tokens : stepsBetween(limits.least_tokens, limits.most_tokens, unit))
    grid.sequences.push_back(costmodel::format_tokens(tokens));
  if (!scenario.cluster.uniform()) {
    grid.nodes = {std::to_string(scenario.cluster.node_count())};
    return grid;
  }
  for (const std::int64_t nodes : stepsBetween(limits.least_nodes, limits.most_nodes, 1))
    grid.nodes.push_back(std::to_string(nodes));
  return grid;
}

}  // namespace gui
