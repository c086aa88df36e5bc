// Jobs for child processes, here and on other ranks: what `ringside sweep --simulate` runs on rank 0.
//
// A job is a text that every rank can turn into work.  Each rank has as many as it has places for, one more
// waits there, and the next goes to whoever is first with an answer.  Rank 0 works too: its children run
// beside the loop that listens, so as long as it lives every job has a rank.  A rank that has died, or says
// nothing for too long, is lost: its jobs are done by others.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "cli/grid_ranks.h"
#include "simulator/child_process.h"

namespace cli {

using WorkOfJob = std::function<simulator::ChildWork(const std::string& job)>;

enum class GridStop {
  no,
  interrupted,  // by the user: nothing is wanted any more
  ended,        // from outside: what there is is wanted, at once
  continued,  // SIGCONT, which mpirun sends a second before it ends all: ended, unless we had been suspended
};

struct GridOptions {
  int at_once = 1;  // children of this rank
  std::chrono::duration<double> lost_after{10};
  std::chrono::seconds silence{300};  // a child that says nothing for so long has failed
  std::function<void(double share)> progress;
  std::function<GridStop()> stop;  // asked at least every 50 ms
};

struct GridResult {
  std::vector<simulator::ChildOutcome> outcomes;  // of each job; waiting or stopped where it has none
  std::vector<std::string> losses;                // which ranks, why, and what was done about it
  GridStop stop = GridStop::no;
};

// `ranks` is null when there are no others; `setup` is sent to them first.
GridResult run_grid(const std::vector<std::string>& jobs, const WorkOfJob& work_of, GridRanks* ranks,
                    const std::string& setup, const GridOptions& options);

}  // namespace cli
