// What-ifs and the choice of the engine on the command line.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "simulator/simulation.h"

namespace cli {

struct WhatIfOptions {
  std::vector<std::string> stragglers, degraded, failed;
  std::string jitter, start_spread, seed, spine, all_to_all, engine;
  bool no_fold = false;
};

void add_what_if_options(CLI::App& command, WhatIfOptions& options);

// Throws Error naming the flag.
simulator::SimulationOptions simulation_options(const WhatIfOptions& options);

}  // namespace cli
