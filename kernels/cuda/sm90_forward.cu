// The kernel of sm90_forward.h: four instantiations and their launch.  Needs sm_90a.
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/ptx_sm90.cuh"
#include "kernels/cuda/sm90_forward.h"
#include "kernels/cuda/sm90_launch.h"

namespace kernels {

namespace {

using Arguments = Sm90ForwardArguments<CUtensorMap>;

extern __shared__ __align__(1024) char shared_memory[];

template <class Number, class Config>
__global__ void __launch_bounds__(Config::threads, 1)
    sm90_forward_kernel(const __grid_constant__ Arguments arguments) {
  Sm90Thread gpu(shared_memory);
  sm90_forward<Number, Config>(gpu, arguments);
}

template <class Number, class Config>
cudaError_t start(const Arguments& arguments, cudaStream_t stream) {
  const BlockShape& shape = arguments.step.shape;
  const dim3 grid(tiles_of(shape.rows, Config::row_tile), static_cast<unsigned>(shape.heads),
                  static_cast<unsigned>(shape.batch));
  return launch<Config>(sm90_forward_kernel<Number, Config>, grid, arguments, stream);
}

}  // namespace

cudaError_t launch_sm90_forward(const Arguments& arguments, Element element, int dim, cudaStream_t stream) {
  if (element == Element::bf16)
    return dim == 64 ? start<Bf16, Sm90Forward<64>>(arguments, stream)
                     : start<Bf16, Sm90Forward<128>>(arguments, stream);
  return dim == 64 ? start<Fp16, Sm90Forward<64>>(arguments, stream)
                   : start<Fp16, Sm90Forward<128>>(arguments, stream);
}

}  // namespace kernels
