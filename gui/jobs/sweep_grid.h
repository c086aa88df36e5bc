// The points of a sweep: sequences and nodes as the scenario file writes them.
#pragma once

#include <string>
#include <vector>

#include "costmodel/spec/scenario.h"

namespace gui {

struct SweepGrid {
  std::vector<std::string> sequences;  // increasing
  std::vector<std::string> nodes;

  std::size_t size() const { return sequences.size() * nodes.size(); }
};

// Doublings round the scenario's own point, which is one of the grid's.
SweepGrid gridAround(const costmodel::Scenario& scenario);

// Both ends are points of the grid.
struct SweepLimits {
  std::int64_t least_tokens = 0, most_tokens = 0;
  int least_nodes = 0, most_nodes = 0;
};
// Finer steps between two limits, of lengths that plans divide as well as they do the shortest.
SweepGrid gridBetween(const costmodel::Scenario& scenario, const SweepLimits& limits);

}  // namespace gui
