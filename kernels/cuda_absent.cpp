// What the CUDA half of kernels/ says in a build without CUDA.
#include "kernels/cuda_attention.h"
#include "kernels/cuda_device.h"
#include "kernels/cuda_state.h"
#include "kernels/virtual_ranks.h"

namespace kernels {

namespace {

const char* const reason =
    "this build has no CUDA; configure with -DRINGSIDE_CUDA=ON on a machine with nvcc (CUDA 12.4 or later)";

[[noreturn]] void refuse() { throw CudaError(reason); }

}  // namespace

CudaDevices cuda_devices() { return {{}, reason}; }
void use_cuda_device(int) { refuse(); }

CudaStream::CudaStream() { refuse(); }
CudaStream::~CudaStream() = default;
bool CudaStream::is_done() const { refuse(); }
void CudaStream::synchronize() const { refuse(); }
void CudaStream::wait_for(const CudaStream&) const { refuse(); }

CudaMemory::CudaMemory(std::int64_t) { refuse(); }
CudaMemory::~CudaMemory() = default;
CudaMemory::CudaMemory(CudaMemory&&) noexcept = default;
CudaMemory& CudaMemory::operator=(CudaMemory&&) noexcept = default;

CudaTimer::CudaTimer() { refuse(); }
CudaTimer::~CudaTimer() = default;
void CudaTimer::start(const CudaStream&) { refuse(); }
void CudaTimer::stop(const CudaStream&) { refuse(); }
double CudaTimer::seconds() const { refuse(); }

void cuda_copy(const void*, void*, std::int64_t, void*) { refuse(); }
void cuda_fill(void*, int, std::int64_t, void*) { refuse(); }

std::string cuda_rejects(CudaKernels, const StepNeeds&) { return reason; }
std::string cuda_description(CudaKernels) { return reason; }
void cuda_forward_step(CudaKernels, const ForwardStep&, const ForwardState&, void*) { refuse(); }
void cuda_backward_step(CudaKernels, const BackwardStep&, const GradientState&, void*) { refuse(); }

void cuda_reset(const ForwardState&, void*) { refuse(); }
void cuda_reset(const GradientState&, void*) { refuse(); }
void cuda_merge(const ForwardState&, const ForwardState&, void*) { refuse(); }
void cuda_finish(const ForwardState&, const TensorView&, const RowView&, void*) { refuse(); }
void cuda_delta_of(const ConstTensorView&, const ConstTensorView&, const RowView&, void*) { refuse(); }
void cuda_convert(const ConstTensorView&, const TensorView&, void*) { refuse(); }
void cuda_pack_heads(const ConstTensorView&, int, std::span<std::byte>, void*) { refuse(); }
void cuda_pack_rows(const ConstTensorView&, int, std::span<std::byte>, void*) { refuse(); }
void cuda_unpack_heads(std::span<const std::byte>, int, const TensorView&, void*) { refuse(); }
void cuda_unpack_rows(std::span<const std::byte>, int, const TensorView&, void*) { refuse(); }
void cuda_sum_parts(const void*, int, Element, std::int64_t, void*, void*) { refuse(); }

void run_virtual_ranks(int, const VirtualRanksOptions&, const std::function<void(const VirtualRank&)>&) {
  refuse();
}

}  // namespace kernels
