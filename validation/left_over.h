// What a measured step has and the plan has not, and the other way round; of trace_overlay.cpp alone.
#pragma once

#include "validation/trace_overlay.h"

namespace validation {

// By name, mean over the steps; longest first.
std::vector<LeftOver> left_over_of(const costmodel::Schedule& schedule, const RankOverlay& rank);

}  // namespace validation
