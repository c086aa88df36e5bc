// Which operation of the plan each kernel of a measured step is: the same number of calls of one kind, in
// order.  Where the numbers differ nothing is guessed.
#pragma once

#include <cstdint>
#include <vector>

#include "validation/expected_ops.h"
#include "validation/trace_steps.h"

namespace validation {

constexpr std::int32_t no_op = -1;

// For each event of the step the index of its operation, or no_op.  Messages are matched stream by stream
// where there are as many streams as lanes.  Passes over memory are not: one of the plan's is several kernels
// in one program and part of a kernel in another.
std::vector<std::int32_t> match_step(const GpuTrace& trace, const TraceStep& step,
                                     const std::vector<ExpectedOp>& expected);

}  // namespace validation
