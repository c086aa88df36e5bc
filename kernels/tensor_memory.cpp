#include "kernels/tensor_memory.h"

#include <algorithm>
#include <new>
#include <vector>

#include "kernels/attention_state.h"
#include "kernels/sum_of_parts.h"
#include "kernels/tensor_copy.h"
#include "kernels/tensor_work_checks.h"

namespace kernels {

namespace {

constexpr std::align_val_t alignment{64};  // a cache line, and the widest vector

template <class Number>
std::span<Number> numbers_in(std::span<std::byte> bytes) {
  return {reinterpret_cast<Number*>(bytes.data()), bytes.size() / sizeof(Number)};
}
template <class Number>
void sum_numbers(std::span<const std::byte> parts, std::span<std::byte> sum) {
  const std::span<const Number> all(reinterpret_cast<const Number*>(parts.data()),
                                    parts.size() / sizeof(Number));
  sum_of_parts<Number>(all, numbers_in<Number>(sum));
}

class HostWork final : public TensorWork {
 public:
  void enter() override {}
  void read_in(std::span<const std::byte> from, std::span<std::byte> to) override { copy(from, to); }
  void read_out(std::span<const std::byte> from, std::span<std::byte> to) override { copy(from, to); }
  void fill(std::span<std::byte> bytes, std::byte value) override {
    std::fill(bytes.begin(), bytes.end(), value);
  }
  void reset(const ForwardState& state) override { kernels::reset(state); }
  void finish(const ForwardState& state, const TensorView& output, const RowView& lse) override {
    kernels::finish(state, output, lse);
  }
  void delta_of(const ConstTensorView& d_output, const ConstTensorView& output,
                const RowView& delta) override {
    kernels::delta_of(d_output, output, delta);
  }
  void convert(const ConstTensorView& from, const TensorView& to) override { kernels::convert(from, to); }

  void add(const ConstTensorView& from, const TensorView& to) override {
    check_same_shape("add", "to", to, "from", from);
    one_.resize(static_cast<std::size_t>(from.dim)), other_.resize(one_.size());
    for (std::int64_t b = 0; b < from.batch; ++b)
      for (std::int64_t row = 0; row < from.rows; ++row)
        for (std::int64_t h = 0; h < from.heads; ++h) {
          read_row(from, b, row, h, one_.data());
          read_row(to, b, row, h, other_.data());
          for (std::size_t d = 0; d < one_.size(); ++d) other_[d] += one_[d];
          write_row(other_.data(), to, b, row, h);
        }
  }

  void sum_parts(std::span<const std::byte> parts, Element element, std::span<std::byte> sum) override {
    check_parts(parts.size(), sum.size());
    switch (element) {
      case Element::fp32: return sum_numbers<float>(parts, sum);
      case Element::bf16: return sum_numbers<Bf16>(parts, sum);
      case Element::fp16: return sum_numbers<Fp16>(parts, sum);
    }
  }

  void place(StepOptions&) const override {}
  void wait() override {}

 private:
  static void copy(std::span<const std::byte> from, std::span<std::byte> to) {
    check_equal_bytes(from.size(), to.size());
    std::copy(from.begin(), from.end(), to.begin());
  }

  std::vector<float> one_, other_;
};

class HostMemory final : public TensorMemory {
 public:
  std::byte* allocate(std::int64_t bytes) override {
    const std::size_t size = static_cast<std::size_t>(std::max<std::int64_t>(bytes, 1));
    return static_cast<std::byte*>(::operator new[](size, alignment, std::nothrow));
  }
  void free(std::byte* block) noexcept override { ::operator delete[](block, alignment); }
  std::unique_ptr<TensorWork> new_work() override { return std::make_unique<HostWork>(); }
};

}  // namespace

std::unique_ptr<TensorMemory> host_tensor_memory() { return std::make_unique<HostMemory>(); }

}  // namespace kernels
