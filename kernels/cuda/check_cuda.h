// Turns an error code of CUDA into an exception that says what was called and what to do.
#pragma once

#include <cuda_runtime.h>

#include "kernels/cuda_device.h"

namespace kernels {

// Does nothing for cudaSuccess, else throws CudaError.
void check_cuda(cudaError_t error, const char* call);

}  // namespace kernels
