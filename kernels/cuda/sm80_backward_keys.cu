// The kernel of sm80_backward_keys.h: four instantiations and their launch.
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/ptx_sm80.cuh"
#include "kernels/cuda/sm80_backward_keys.h"
#include "kernels/cuda/sm80_launch.h"

namespace kernels {

namespace {

extern __shared__ __align__(1024) char shared_memory[];

template <class Number, class Config>
__global__ void __launch_bounds__(Config::threads)
    sm80_backward_keys_kernel(const __grid_constant__ BackwardArguments arguments) {
  Sm80Thread gpu(shared_memory);
  sm80_backward_keys<Number, Config>(gpu, arguments);
}

template <class Number, class Config>
cudaError_t start(const BackwardArguments& a, cudaStream_t stream) {
  const dim3 grid(tiles_of(a.shape.keys, Config::key_tile), static_cast<unsigned>(a.shape.key_heads),
                  static_cast<unsigned>(a.shape.batch));
  return launch<Config>(sm80_backward_keys_kernel<Number, Config>, grid, a, stream);
}

}  // namespace

cudaError_t launch_sm80_backward_keys(const BackwardArguments& a, Element element, int dim,
                                      cudaStream_t stream) {
  if (element == Element::bf16)
    return dim == 64 ? start<Bf16, Sm80BackwardKeys<64>>(a, stream)
                     : start<Bf16, Sm80BackwardKeys<128>>(a, stream);
  return dim == 64 ? start<Fp16, Sm80BackwardKeys<64>>(a, stream)
                   : start<Fp16, Sm80BackwardKeys<128>>(a, stream);
}

}  // namespace kernels
