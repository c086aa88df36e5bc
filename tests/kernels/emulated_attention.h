// The GPU kernels as backends that run on the emulated GPU: the same source, the same arguments.
#pragma once

#include "kernels/backend.h"
#include "tests/kernels/emulated_gpu.h"

namespace kernel_tests {

// Warps that start in ascending or in descending order.
const kernels::Backend& emulated_sm80(WarpOrder order = WarpOrder::ascending);

EmulationCounts emulate_sm80(const kernels::ForwardStep& step, const kernels::ForwardState& state,
                             WarpOrder order);
EmulationCounts emulate_sm80(const kernels::BackwardStep& step, const kernels::GradientState& state,
                             WarpOrder order);

}  // namespace kernel_tests
