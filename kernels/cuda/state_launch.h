// Launches of the kernels of state_bodies.h.  Arguments must have been checked.
#pragma once

#include <cuda_runtime.h>

#include "kernels/cuda/state_bodies.h"

namespace kernels {

cudaError_t launch_reset(const ResetArguments& arguments, cudaStream_t stream);
cudaError_t launch_clear(const ClearArguments& arguments, cudaStream_t stream);
cudaError_t launch_merge(const MergeArguments& arguments, cudaStream_t stream);
cudaError_t launch_finish(const FinishArguments& arguments, cudaStream_t stream);
cudaError_t launch_delta(const DeltaArguments& arguments, cudaStream_t stream);
cudaError_t launch_convert(const ConvertArguments& arguments, cudaStream_t stream);
cudaError_t launch_sum(const SumArguments& arguments, cudaStream_t stream);

}  // namespace kernels
