// Launch of the sm_90a forward kernel.  Arguments must have been checked.
#pragma once

#include <cuda.h>
#include <cuda_runtime.h>

#include "kernels/cuda/sm90_forward.h"

namespace kernels {

// element: bf16 or fp16; dim: 64 or 128.
cudaError_t launch_sm90_forward(const Sm90ForwardArguments<CUtensorMap>& arguments, Element element, int dim,
                                cudaStream_t stream);

// What the boxes of its tensor maps must be.
constexpr int sm90_row_tile = Sm90Forward<64>::row_tile;
constexpr int sm90_key_tile = Sm90Forward<64>::key_tile;
static_assert(sm90_row_tile == Sm90Forward<128>::row_tile && sm90_key_tile == Sm90Forward<128>::key_tile);

}  // namespace kernels
