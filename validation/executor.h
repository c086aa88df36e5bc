// The executor: the interpreter of a schedule that does what the schedule says, with real kernels and a real
// communicator.
//
// It reads the same schedule as the cost model and knows no algorithm: which block meets which, who sends
// what to whom and what waits for what are the schedule's.  It runs the phases of the attention operator;
// schedules of whole training steps and prefills are for the cost model alone.
#pragma once

#include <functional>
#include <vector>

#include "costmodel/schedule/schedule.h"
#include "kernels/backend.h"
#include "kernels/communicator.h"
#include "kernels/tensor_memory.h"
#include "validation/lanes.h"
#include "validation/phase_buffers.h"
#include "validation/problem.h"
#include "validation/tensor_place.h"

namespace validation {

struct RunOptions {
  const kernels::Backend* backend = nullptr;  // needed
  kernels::StepOptions step;
  int warm_up = 0;  // repetitions that are not recorded
  int repetitions = 1;
  costmodel::Bytes memory_limit{1e18};  // of one rank
  Fresh fresh = Fresh::not_a_number;    // what buffers of the first repetition hold before they are written
  // Called before every operation, in the thread of its lane; what it throws fails the run.
  std::function<void(costmodel::Rank, const costmodel::Phase&, costmodel::OpId)> before_operation;
};

struct PhaseRecord {
  std::vector<LaneRun> repetitions;
  std::vector<std::int64_t> sent;  // bytes to other ranks by operation, of one repetition
  std::vector<std::byte> results;  // the result places of the last repetition, one after the other
};

struct RankRecord {
  std::vector<PhaseRecord> phases;
  std::int64_t peak = 0;     // most bytes in buffers of the schedule at once
  std::int64_t scratch = 0;  // beside them: fp32 sums of kernels, messages being packed
};

// Runs all phases of a schedule, a forward phase first, on the rank of the communicator; every rank must call
// it.  A rank that fails makes all others fail within the deadline of the communicator: they throw
// kernels::CommunicatorError, the one that failed throws its own error.
RankRecord run_rank(const costmodel::Schedule& schedule, const Problem& problem,
                    kernels::Communicator& communicator, const RunOptions& options);

// The same elsewhere than in host memory.
struct RankEnds {
  kernels::Communicator& all;  // for what concerns all lanes at once
  // Of one lane's messages.  Communicators without tags need one per lane.
  std::function<kernels::Communicator&(costmodel::Lane)> of_lane;
  kernels::TensorMemory& memory;  // of the backend
};
RankRecord run_rank(const costmodel::Schedule& schedule, const Problem& problem, const RankEnds& ends,
                    const RunOptions& options);

}  // namespace validation
