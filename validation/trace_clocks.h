// Whether the traces of several ranks share a clock: a message cannot end on one rank before the rank that
// sends it has begun it.
//
// The other way round proves nothing: what is sent may wait in NCCL's buffers until the receiver begins. That
// is suspect when it happens with every message, and said.
#pragma once

#include <string>
#include <vector>

#include "validation/trace_overlay.h"

namespace validation {

// Remarks on what could not be proved.  Throws Error that names both ranks, the message and the gap.
std::vector<std::string> check_clocks(const costmodel::Schedule& schedule,
                                      const std::vector<RankOverlay>& ranks);

}  // namespace validation
