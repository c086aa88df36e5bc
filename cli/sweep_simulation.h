// The simulated half of a sweep: every plan that runs at a point of the grid, in a process of its own.
#pragma once

#include <string>
#include <vector>

#include "cli/output.h"
#include "cli/simulation_grid.h"
#include "cli/sweep_report.h"
#include "simulator/simulation.h"

namespace cli {

struct SimulatedSweep {
  std::vector<SimulatedPoint> points;  // of the analytic ones
  std::vector<std::string> losses;
  std::size_t asked = 0, missing = 0;  // simulations
  GridStop stop = GridStop::no;
};

// `ranks` may be null.
SimulatedSweep simulate_sweep(const costmodel::Scenario& scenario,
                              const std::vector<costmodel::SweepAxis>& axes,
                              const std::vector<costmodel::SweepPoint>& points,
                              const simulator::SimulationOptions& simulation, GridRanks* ranks,
                              const GridOptions& options);

// The same on the other ranks, which get the scenario from rank 0 and see none of its files.
Output serve_sweep(const std::vector<costmodel::SweepAxis>& axes,
                   const simulator::SimulationOptions& simulation, GridRanks& ranks,
                   const GridOptions& options);

}  // namespace cli
