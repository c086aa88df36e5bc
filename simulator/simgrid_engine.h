// The engine for phases whose flows share links: replays the schedule of every simulated rank on SimGrid.
//
// No actors and no task graph: each rank is a counter per lane, flows and timers start the next operations
// from their callbacks, and memory grows with what is in flight.
#pragma once

#include "simulator/engine.h"
#include "simulator/simgrid_network.h"

namespace simulator {

class SimGridEngine final : public Engine {
 public:
  // Keeps a reference: the network must outlive the engine.
  explicit SimGridEngine(SimGridNetwork& network) : network_(&network) {}
  RunResult run(const RunRequest& request) override;

 private:
  SimGridNetwork* network_;
};

}  // namespace simulator
