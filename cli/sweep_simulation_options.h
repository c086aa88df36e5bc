// The flags of `ringside sweep` that are about its simulations.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/simulate_options.h"
#include "costmodel/base/units.h"

namespace cli {

struct SweepSimulationOptions {
  bool simulate = false;
  WhatIfOptions what_if;
  std::string lost_after = "10 s";
  const CLI::App* command = nullptr;  // to see which flags were given
};

void add_simulation_options(CLI::App& command, SweepSimulationOptions& options);

// Throws Error naming the flag when one is given that means nothing without --simulate.
void check_simulation(const SweepSimulationOptions& options);

// How long a rank may be silent before others do its work.  Throws Error naming the flag.
costmodel::Seconds lost_after(const SweepSimulationOptions& options);

// Cores for each of so many processes of this machine: mpirun may bind each to some, or none.
int usable_cores(int processes);

}  // namespace cli
