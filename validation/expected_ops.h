// What one rank is predicted to do in a whole step, operation by operation in order: phases repeated as often
// as they run.  What a measured step is laid over.
//
// Operations that the rank skips, since the mask leaves nothing of their block, are not among them.
#pragma once

#include <string>
#include <vector>

#include "costmodel/price/plan_price.h"
#include "costmodel/schedule/schedule.h"
#include "validation/kernel_names.h"

namespace validation {

struct ExpectedOp {
  std::size_t phase = 0;  // of the schedule
  const costmodel::Op* op = nullptr;
  KernelKind kind = KernelKind::unknown;
  // Seconds from the start of the step.  A message counts from when the rank was ready for it, as NCCL's
  // kernel does: it waits for the other rank.
  double start = 0, end = 0;
  costmodel::Rank from{};  // whose bytes an exchange brings
};

struct ExpectedStep {
  std::vector<ExpectedOp> ops;
  std::vector<std::string> beside;  // what the plan does and no profile of a GPU shows: updates on the host
  double time = 0;
};

// The schedule of a plan, of an operator or of a whole step.
costmodel::Schedule schedule_of(const costmodel::Scenario& scenario, const costmodel::Plan& plan);

// Throws Error when a step has too many operations to be listed.
ExpectedStep expected_step(const costmodel::Pricer& pricer, const costmodel::Schedule& schedule,
                           costmodel::Rank rank);

}  // namespace validation
