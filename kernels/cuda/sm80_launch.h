// Launches of the sm_80 kernels, one source file each.  Arguments must have been checked; errors of the
// launch are left for check_cuda.
#pragma once

#include <cuda_runtime.h>

#include "kernels/cuda/attention_arguments.h"
#include "kernels/element.h"

namespace kernels {

// element: bf16 or fp16; dim: 64 or 128.
cudaError_t launch_sm80_forward(const ForwardArguments& arguments, Element element, int dim,
                                cudaStream_t stream);
cudaError_t launch_sm80_backward_keys(const BackwardArguments& arguments, Element element, int dim,
                                      cudaStream_t stream);
cudaError_t launch_sm80_backward_rows(const BackwardArguments& arguments, Element element, int dim,
                                      cudaStream_t stream);

}  // namespace kernels
