// What the ranks beside rank 0 do: jobs in child processes, answers to rank 0.
#pragma once

#include <functional>
#include <string>

#include "cli/output.h"
#include "cli/simulation_grid.h"

namespace cli {

// The work of a job, once rank 0 has said what all jobs share.
using WorkOfSetup = std::function<WorkOfJob(const std::string& setup)>;

// Until rank 0 lets us go, or has fallen silent for several times options.lost_after, or options.stop says
// so.
Output serve_grid(GridRanks& ranks, const WorkOfSetup& work_of, const GridOptions& options);

}  // namespace cli
