// TensorMemory of a GPU, written on cuda_device.h and cuda_state.h alone, so it exists in every build.
#include <map>
#include <mutex>

#include "kernels/cuda_device.h"
#include "kernels/cuda_state.h"
#include "kernels/tensor_memory.h"
#include "kernels/tensor_work_checks.h"

namespace kernels {

namespace {

class CudaWork final : public TensorWork {
 public:
  explicit CudaWork(int device) : device_(device) {
    use_cuda_device(device);
    stream_ = std::make_unique<CudaStream>();
    timer_ = std::make_unique<CudaTimer>();
  }

  void enter() override { use_cuda_device(device_); }
  void read_in(std::span<const std::byte> from, std::span<std::byte> to) override { copy(from, to); }
  void read_out(std::span<const std::byte> from, std::span<std::byte> to) override { copy(from, to); }
  void fill(std::span<std::byte> bytes, std::byte value) override {
    cuda_fill(bytes.data(), std::to_integer<int>(value), static_cast<std::int64_t>(bytes.size()), handle());
  }
  void reset(const ForwardState& state) override { cuda_reset(state, handle()); }
  void finish(const ForwardState& state, const TensorView& output, const RowView& lse) override {
    cuda_finish(state, output, lse, handle());
  }
  void delta_of(const ConstTensorView& d_output, const ConstTensorView& output,
                const RowView& delta) override {
    cuda_delta_of(d_output, output, delta, handle());
  }
  void convert(const ConstTensorView& from, const TensorView& to) override {
    cuda_convert(from, to, handle());
  }

  // Both in fp32 side by side, then their sum.
  void add(const ConstTensorView& from, const TensorView& to) override {
    check_same_shape("add", "to", to, "from", from);
    const std::int64_t numbers = from.batch * from.rows * from.heads * from.dim;
    float* both = scratch(3 * numbers);
    const auto packed = [&](float* at) {
      return packed_view(static_cast<void*>(at), Element::fp32, from.batch, from.rows, from.heads, from.dim);
    };
    cuda_convert(to, packed(both), handle());
    cuda_convert(from, packed(both + numbers), handle());
    cuda_sum_parts(both, 2, Element::fp32, numbers, both + 2 * numbers, handle());
    cuda_convert(packed(both + 2 * numbers), to, handle());
  }

  void sum_parts(std::span<const std::byte> parts, Element element, std::span<std::byte> sum) override {
    check_parts(parts.size(), sum.size());
    const int count = static_cast<int>(parts.size() / sum.size());
    const std::int64_t numbers = static_cast<std::int64_t>(sum.size()) / bytes_of(element);
    if (element != Element::fp16) {
      cuda_sum_parts(parts.data(), count, element, numbers, sum.data(), handle());
      return;
    }
    // The device sums fp32 and bf16; two numbers are converted at once.
    if (numbers % 2 != 0)
      throw ArgumentError("sum of parts: " + std::to_string(numbers) +
                          " fp16 numbers; on the GPU they must be an even number");
    float* wide = scratch((count + 1) * numbers);
    float* total = wide + count * numbers;
    cuda_convert(packed_view(static_cast<const void*>(parts.data()), element, 1, count * numbers / 2, 1, 2),
                 packed_view(static_cast<void*>(wide), Element::fp32, 1, count * numbers / 2, 1, 2),
                 handle());
    cuda_sum_parts(wide, count, Element::fp32, numbers, total, handle());
    cuda_convert(packed_view(static_cast<const void*>(total), Element::fp32, 1, numbers / 2, 1, 2),
                 packed_view(static_cast<void*>(sum.data()), element, 1, numbers / 2, 1, 2), handle());
  }

  void place(StepOptions& options) const override { options.stream = handle(); }
  void wait() override { stream_->synchronize(); }
  void start_clock() override { timer_->start(*stream_); }
  std::optional<double> stop_clock() override {
    timer_->stop(*stream_);
    stream_->synchronize();
    return timer_->seconds();
  }

 private:
  void* handle() const { return stream_->handle(); }
  void copy(std::span<const std::byte> from, std::span<std::byte> to) {
    check_equal_bytes(from.size(), to.size());
    cuda_copy(from.data(), to.data(), static_cast<std::int64_t>(from.size()), handle());
    wait();
  }
  // Stays until the next call for more, which waits for whoever used it.
  float* scratch(std::int64_t numbers) {
    const std::int64_t bytes = numbers * static_cast<std::int64_t>(sizeof(float));
    if (scratch_.size() < bytes) {
      wait();
      scratch_ = CudaMemory();
      scratch_ = CudaMemory(bytes);
    }
    return reinterpret_cast<float*>(scratch_.data());
  }

  int device_;
  std::unique_ptr<CudaStream> stream_;
  std::unique_ptr<CudaTimer> timer_;
  CudaMemory scratch_;
};

class CudaTensorMemory final : public TensorMemory {
 public:
  explicit CudaTensorMemory(int device) : device_(device) { use_cuda_device(device); }

  std::byte* allocate(std::int64_t bytes) override {
    const std::lock_guard lock(mutex_);
    use_cuda_device(device_);
    try {
      CudaMemory memory(bytes > 0 ? bytes : 1);
      std::byte* address = memory.data();
      blocks_.emplace(address, std::move(memory));
      return address;
    } catch (const CudaOutOfMemory&) {
      return nullptr;
    }
  }
  void free(std::byte* block) noexcept override {
    const std::lock_guard lock(mutex_);
    blocks_.erase(block);
  }
  std::unique_ptr<TensorWork> new_work() override { return std::make_unique<CudaWork>(device_); }

 private:
  int device_;
  std::mutex mutex_;
  std::map<std::byte*, CudaMemory> blocks_;
};

}  // namespace

std::unique_ptr<TensorMemory> cuda_tensor_memory(int device) {
  return std::make_unique<CudaTensorMemory>(device);
}

}  // namespace kernels
