#include "kernels/cuda/tensor_map.h"

#include <cuda_runtime.h>

#include <string>

#include "kernels/cuda/check_cuda.h"
#include "kernels/cuda/wgmma_descriptor.h"

namespace kernels {

namespace {

using Encode = CUresult (*)(CUtensorMap*, CUtensorMapDataType, cuuint32_t, void*, const cuuint64_t*,
                            const cuuint64_t*, const cuuint32_t*, const cuuint32_t*, CUtensorMapInterleave,
                            CUtensorMapSwizzle, CUtensorMapL2promotion, CUtensorMapFloatOOBfill);

// From the driver that is there at run time: linking to it would keep the program from starting without one.
Encode encode_function() {
  void* function = nullptr;
  cudaDriverEntryPointQueryResult found{};
#if CUDART_VERSION >= 12050
  check_cuda(
      cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &function, 12000, cudaEnableDefault, &found),
      "cudaGetDriverEntryPointByVersion");
#else
  check_cuda(cudaGetDriverEntryPoint("cuTensorMapEncodeTiled", &function, cudaEnableDefault, &found),
             "cudaGetDriverEntryPoint");
#endif
  if (found != cudaDriverEntryPointSuccess || function == nullptr)
    throw CudaError("the driver has no cuTensorMapEncodeTiled; install one for CUDA 12 or later");
  return reinterpret_cast<Encode>(function);
}

}  // namespace

CUtensorMap tensor_map_of(const TensorBox& box) {
  cuuint64_t extents[4], strides[3];
  for (std::size_t axis = 0; axis < 4; ++axis) extents[axis] = static_cast<cuuint64_t>(box.extents[axis]);
  for (std::size_t axis = 0; axis < 3; ++axis) strides[axis] = static_cast<cuuint64_t>(box.strides[axis]);
  const cuuint32_t box_extents[4] = {panel_numbers, static_cast<cuuint32_t>(box.box_rows), 1, 1};
  const cuuint32_t steps[4] = {1, 1, 1, 1};
  CUtensorMap map{};
  const CUresult result = encode_function()(
      &map, box.element == Element::bf16 ? CU_TENSOR_MAP_DATA_TYPE_BFLOAT16 : CU_TENSOR_MAP_DATA_TYPE_FLOAT16,
      4, box.data, extents, strides, box_extents, steps, CU_TENSOR_MAP_INTERLEAVE_NONE,
      CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  if (result != CUDA_SUCCESS)
    throw CudaError("cuTensorMapEncodeTiled: error " + std::to_string(static_cast<int>(result)) +
                    " for extents " + std::to_string(extents[0]) + ", " + std::to_string(extents[1]) + ", " +
                    std::to_string(extents[2]) + ", " + std::to_string(extents[3]) + " and strides of " +
                    std::to_string(strides[0]) + ", " + std::to_string(strides[1]) + ", " +
                    std::to_string(strides[2]) + " bytes; the backend cuda_sm80 does not need it");
  return map;
}

}  // namespace kernels
