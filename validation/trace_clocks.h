// Whether the traces of several ranks share a clock: a message cannot end on one rank before the rank that
// sends it has begun it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "validation/trace_overlay.h"

namespace validation {

enum class ClocksChecked : std::uint8_t { no, yes };  // no: these ranks send nothing to each other

// Throws Error that names both ranks, the message and the gap.
ClocksChecked check_clocks(const costmodel::Schedule& schedule, const std::vector<RankOverlay>& ranks);

}  // namespace validation
