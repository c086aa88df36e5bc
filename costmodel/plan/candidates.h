// The plans worth pricing: every combination of the axes that uses all GPUs, within the scenario's search
// limits.
#pragma once

#include <vector>

#include "costmodel/plan/plan.h"
#include "costmodel/spec/scenario.h"

namespace costmodel {

// Past 256 GPUs a whole step leaves out what hardly ever wins there, unless the scenario asks for it: layouts
// other than zigzag, ZeRO 0 and 2, the optimizer on the host, an unfused loss. Without duplicates: axes that
// have no meaning for a transport stay at their default.  Plans that do not divide are included; reject()
// says why they cannot run.
std::vector<Plan> candidates(const Scenario& scenario);

}  // namespace costmodel
