// Backends `cuda_sm90a` and `cuda_sm80`: attention steps in device memory, queued on a stream.
//
// sm80 multiplies with mma.sync and runs on every GPU since Ampere; sm90a has a forward step with TMA and
// wgmma for Hopper and takes the backward step of sm80.  Both sum in one fixed order: same bits in every run.
#pragma once

#include <string>

#include "kernels/backend.h"

namespace kernels {

enum class CudaKernels { sm80, sm90a };

// Why these kernels cannot compute such a step on the current device; "" when they can.
std::string cuda_rejects(CudaKernels kernels, const StepNeeds& needs);
// "cuda_sm80: mma.sync on NVIDIA A100, 108 multiprocessors".
std::string cuda_description(CudaKernels kernels);

// All views hold device addresses.  They return when the work is queued; `stream` is a cudaStream_t.
void cuda_forward_step(CudaKernels kernels, const ForwardStep& step, const ForwardState& state, void* stream);
void cuda_backward_step(CudaKernels kernels, const BackwardStep& step, const GradientState& state,
                        void* stream);

}  // namespace kernels
