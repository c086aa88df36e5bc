// How many ranks of a plan compute at the same time: those that wait leave their cores to the others.
#pragma once

#include "costmodel/plan/plan.h"
#include "costmodel/spec/scenario.h"

namespace validation {

// Mean over the time of the plan, from 1 to all ranks: the work of all ranks over the time, as `scenario` is
// predicted.  A balanced plan keeps nearly all of them busy, a contiguous causal ring little over half.
double busy_ranks(const costmodel::Scenario& scenario, const costmodel::Plan& plan);

}  // namespace validation
