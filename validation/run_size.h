// How long a sequence can be run and checked here: the scenario's where that is possible, else the longest
// half, quarter, ... of it that the plan divides.
#pragma once

#include <optional>

#include "costmodel/plan/plan.h"
#include "costmodel/spec/scenario.h"

namespace validation {

struct SizeLimits {
  double attention_flops = 0;    // of one repetition, all ranks
  double truth_flops = 0;        // of dense fp64 attention
  costmodel::Bytes rank_memory;  // of one rank
};

struct RunSizes {
  std::int64_t run = 0;      // tokens of the sequence that is run and timed
  std::int64_t checked = 0;  // tokens of the sequence whose numbers are compared with the truth
};

// `scenario` is of the attention operator and must pass reject().  The shortest sequence that the plan
// divides is taken even when it is over a limit.
RunSizes run_sizes(const costmodel::Scenario& scenario, const costmodel::Plan& plan,
                   const SizeLimits& limits);

}  // namespace validation
