// The scenario that a run on GPUs of this machine is, and what a run may use of them.
#pragma once

#include "costmodel/spec/scenario.h"

namespace validation {

// Several ranks on one GPU: each has its share of the device, and a message is a copy inside its memory,
// which reads and writes every byte.  Only totals mean something then: kernels of several ranks run beside
// each other.
costmodel::Scenario on_one_gpu(const costmodel::Scenario& scenario, int ranks);

// What buffers of one rank may take of a GPU that `ranks` share: the rest is for scratch, the context and
// NCCL.
costmodel::Bytes rank_memory_of_gpu(costmodel::Bytes memory, int ranks);

}  // namespace validation
