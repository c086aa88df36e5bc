// The scenario that a run on CPU ranks is: the plan, the model and the shape of the cluster stay, its GPUs
// and links become cores of this machine and copies in its memory.
#pragma once

#include "costmodel/spec/scenario.h"

namespace validation {

// Where CPU ranks run.
struct CpuPlace {
  int cores = 1;        // of one machine
  int local_ranks = 1;  // ranks that share them
  double busy = 0;      // of them, on average (busy_ranks.h); 0: all
};

int cores_here();

// What a rank has of a core: 1, or less when ranks share them.
double share_of_core(const CpuPlace& place);

// Every rank is a device of the preset cpu-threads; a scenario whose devices are CPU cores already keeps its
// numbers.  Ranks that share a core share its rates.
costmodel::Scenario on_cpu_ranks(const costmodel::Scenario& scenario, const CpuPlace& place);

// The attention operator of one layer, forward or forward and backward, of a scenario of any phase.
costmodel::Scenario attention_operator_of(const costmodel::Scenario& scenario);

// So many devices in one node.
void set_ranks(costmodel::Scenario& scenario, int ranks);

}  // namespace validation
