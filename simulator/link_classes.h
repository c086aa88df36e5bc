// How much the links of each kind carried.
#pragma once

#include <vector>

#include "simulator/simulation.h"

namespace simulator {

struct LinkClassUse {
  LinkKind kind = LinkKind::gpu_out;
  int links = 0;           // simulated ones that carried anything
  costmodel::Bytes bytes;  // all of them
  double mean_utilisation = 0, highest_utilisation = 0;
  LinkId busiest;
};

std::vector<LinkClassUse> link_classes(const Simulation& simulation, const SimulationResult& result);

}  // namespace simulator
