// The kernels of state_bodies.h and their launches.
#include "kernels/cuda/ptx_sm80.cuh"
#include "kernels/cuda/state_bodies.h"
#include "kernels/cuda/state_launch.h"

namespace kernels {

namespace {

constexpr int threads = row_warps * warp_lanes;

__global__ void __launch_bounds__(threads) reset_kernel(const ResetArguments a) {
  Sm80Thread gpu(nullptr);
  reset_row(gpu, a);
}
__global__ void __launch_bounds__(threads) clear_kernel(const ClearArguments a) {
  Sm80Thread gpu(nullptr);
  clear_row(gpu, a);
}
__global__ void __launch_bounds__(threads) merge_kernel(const MergeArguments a) {
  Sm80Thread gpu(nullptr);
  merge_row(gpu, a);
}
__global__ void __launch_bounds__(threads) finish_kernel(const FinishArguments a) {
  Sm80Thread gpu(nullptr);
  finish_row(gpu, a);
}
__global__ void __launch_bounds__(threads) delta_kernel(const DeltaArguments a) {
  Sm80Thread gpu(nullptr);
  delta_row(gpu, a);
}
__global__ void __launch_bounds__(threads) convert_kernel(const ConvertArguments a) {
  Sm80Thread gpu(nullptr);
  convert_row(gpu, a);
}
__global__ void __launch_bounds__(threads) sum_kernel(const SumArguments a) {
  Sm80Thread gpu(nullptr);
  sum_number(gpu, a);
}

unsigned blocks_of(std::int64_t items, int per_block) {
  return static_cast<unsigned>((items + per_block - 1) / per_block);
}

template <class Arguments>
cudaError_t start(void (*kernel)(Arguments), const Arguments& a, cudaStream_t stream) {
  const std::int64_t rows = static_cast<std::int64_t>(a.shape.batch) * a.shape.rows * a.shape.heads;
  if (rows == 0) return cudaSuccess;
  kernel<<<blocks_of(rows, row_warps), threads, 0, stream>>>(a);
  return cudaGetLastError();
}

}  // namespace

cudaError_t launch_reset(const ResetArguments& a, cudaStream_t stream) {
  return start(reset_kernel, a, stream);
}
cudaError_t launch_clear(const ClearArguments& a, cudaStream_t stream) {
  return start(clear_kernel, a, stream);
}
cudaError_t launch_merge(const MergeArguments& a, cudaStream_t stream) {
  return start(merge_kernel, a, stream);
}
cudaError_t launch_finish(const FinishArguments& a, cudaStream_t stream) {
  return start(finish_kernel, a, stream);
}
cudaError_t launch_delta(const DeltaArguments& a, cudaStream_t stream) {
  return start(delta_kernel, a, stream);
}
cudaError_t launch_convert(const ConvertArguments& a, cudaStream_t stream) {
  return start(convert_kernel, a, stream);
}
cudaError_t launch_sum(const SumArguments& a, cudaStream_t stream) {
  if (a.count == 0) return cudaSuccess;
  sum_kernel<<<blocks_of(a.count, threads), threads, 0, stream>>>(a);
  return cudaGetLastError();
}

}  // namespace kernels
