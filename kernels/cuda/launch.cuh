// Starting a kernel that wants more shared memory than the default allows.
#pragma once

#include <cuda_runtime.h>

namespace kernels {

template <class Config, class Arguments>
cudaError_t launch(void (*kernel)(Arguments), const dim3& grid, const Arguments& arguments,
                   cudaStream_t stream) {
  const cudaError_t error =
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, Config::shared_bytes);
  if (error != cudaSuccess) return error;
  kernel<<<grid, Config::threads, Config::shared_bytes, stream>>>(arguments);
  return cudaGetLastError();
}

inline unsigned tiles_of(int count, int tile) { return static_cast<unsigned>((count + tile - 1) / tile); }

}  // namespace kernels
