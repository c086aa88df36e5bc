// The descriptor of a tensor that TMA reads.
#pragma once

#include <cuda.h>

#include "kernels/cuda/tensor_box.h"

namespace kernels {

// Throws CudaError when the driver does not take it.
CUtensorMap tensor_map_of(const TensorBox& box);

}  // namespace kernels
