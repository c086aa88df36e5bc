// The kernel of sm80_forward.h: four instantiations and their launch.
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/ptx_sm80.cuh"
#include "kernels/cuda/sm80_forward.h"
#include "kernels/cuda/sm80_launch.h"

namespace kernels {

namespace {

extern __shared__ __align__(1024) char shared_memory[];

template <class Number, class Config>
__global__ void __launch_bounds__(Config::threads)
    sm80_forward_kernel(const __grid_constant__ ForwardArguments arguments) {
  Sm80Thread gpu(shared_memory);
  sm80_forward<Number, Config>(gpu, arguments);
}

template <class Number, class Config>
cudaError_t start(const ForwardArguments& a, cudaStream_t stream) {
  const dim3 grid(tiles_of(a.shape.rows, Config::row_tile), static_cast<unsigned>(a.shape.heads),
                  static_cast<unsigned>(a.shape.batch));
  return launch<Config>(sm80_forward_kernel<Number, Config>, grid, a, stream);
}

}  // namespace

cudaError_t launch_sm80_forward(const ForwardArguments& a, Element element, int dim, cudaStream_t stream) {
  if (element == Element::bf16)
    return dim == 64 ? start<Bf16, Sm80Forward<64>>(a, stream) : start<Bf16, Sm80Forward<128>>(a, stream);
  return dim == 64 ? start<Fp16, Sm80Forward<64>>(a, stream) : start<Fp16, Sm80Forward<128>>(a, stream);
}

}  // namespace kernels
