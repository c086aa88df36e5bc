// The plans worth pricing: every combination of the axes that uses all GPUs, within the scenario's search
// limits.
#pragma once

#include <vector>

#include "costmodel/plan/plan.h"
#include "costmodel/spec/scenario.h"

namespace costmodel {

// Without duplicates: axes that have no meaning for a transport stay at their default.  Plans that do not
// divide are included; reject() says why they cannot run.
std::vector<Plan> candidates(const Scenario& scenario);

}  // namespace costmodel
