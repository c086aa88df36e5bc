// The GPU kernels as backends that run on the emulated GPU: the same source, the same arguments.
#pragma once

#include "kernels/backend.h"
#include "tests/kernels/emulated_gpu.h"

namespace kernel_tests {

enum class GpuKernels { sm80, sm90a };

// Warps that start in ascending or in descending order.
const kernels::Backend& emulated(GpuKernels kernels, WarpOrder order = WarpOrder::ascending);

EmulationCounts emulate(GpuKernels kernels, const kernels::ForwardStep& step,
                        const kernels::ForwardState& state, WarpOrder order);
// sm90a has no backward kernels of its own.
EmulationCounts emulate(const kernels::BackwardStep& step, const kernels::GradientState& state,
                        WarpOrder order);

}  // namespace kernel_tests
