// A run as a timeline in the trace format of Chrome, which Perfetto opens: one process per rank, one row per
// lane, operations named as in predicted timelines.
#pragma once

#include <string>
#include <vector>

#include "validation/executor.h"

namespace validation {

// The last repetition, phases one after the other.
std::string chrome_trace(const costmodel::Schedule& schedule, const std::vector<RankRecord>& ranks);

}  // namespace validation
