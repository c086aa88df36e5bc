#include "tests/validation/far_memory.h"

#include <functional>
#include <utility>
#include <vector>

namespace validation_tests {

using namespace kernels;

namespace {

constexpr std::uintptr_t distance = std::uintptr_t{1} << 46;

template <class Pointer>
Pointer moved(Pointer at, std::uintptr_t by) {
  return at == nullptr ? at : reinterpret_cast<Pointer>(reinterpret_cast<std::uintptr_t>(at) + by);
}
template <class Pointer>
Pointer near(Pointer at) {
  return moved(at, -distance);
}

template <class Byte>
std::span<Byte> near(std::span<Byte> bytes) {
  return {near(bytes.data()), bytes.size()};
}
template <class View>
View near_view(View view) {
  view.data = near(view.data);
  return view;
}
ForwardState near_state(const ForwardState& s) {
  return {near_view(s.output), near_view(s.running_max), near_view(s.running_sum)};
}

// Work is done when somebody waits for it and not before, as on a stream of a GPU that is busy.
class FarWork final : public TensorWork {
 public:
  explicit FarWork(std::unique_ptr<TensorWork> host) : host_(std::move(host)) {}

  void enter() override {}
  void read_in(std::span<const std::byte> from, std::span<std::byte> to) override {
    do_queued();
    host_->read_in(from, near(to));
  }
  void read_out(std::span<const std::byte> from, std::span<std::byte> to) override {
    do_queued();
    host_->read_out(near(from), to);
  }
  void fill(std::span<std::byte> bytes, std::byte value) override {
    queued_.push_back([=, this] { host_->fill(near(bytes), value); });
  }
  void reset(const ForwardState& state) override {
    queued_.push_back([=, this] { host_->reset(near_state(state)); });
  }
  void finish(const ForwardState& state, const TensorView& output, const RowView& lse) override {
    queued_.push_back([=, this] { host_->finish(near_state(state), near_view(output), near_view(lse)); });
  }
  void delta_of(const ConstTensorView& d_output, const ConstTensorView& output,
                const RowView& delta) override {
    queued_.push_back(
        [=, this] { host_->delta_of(near_view(d_output), near_view(output), near_view(delta)); });
  }
  void convert(const ConstTensorView& from, const TensorView& to) override {
    queued_.push_back([=, this] { host_->convert(near_view(from), near_view(to)); });
  }
  void add(const ConstTensorView& from, const TensorView& to) override {
    queued_.push_back([=, this] { host_->add(near_view(from), near_view(to)); });
  }
  void sum_parts(std::span<const std::byte> parts, Element element, std::span<std::byte> sum) override {
    queued_.push_back([=, this] { host_->sum_parts(near(parts), element, near(sum)); });
  }
  void place(StepOptions& options) const override { options.stream = const_cast<FarWork*>(this); }
  void wait() override { do_queued(); }
  std::optional<double> stop_clock() override {
    do_queued();
    return far_clock;
  }

  // A step follows on what was queued before it.
  void queue(std::function<void()> work) { queued_.push_back(std::move(work)); }

 private:
  void do_queued() {
    for (const auto& work : std::exchange(queued_, {})) work();
  }

  std::unique_ptr<TensorWork> host_;
  std::vector<std::function<void()>> queued_;
};

class FarMemory final : public TensorMemory {
 public:
  std::byte* allocate(std::int64_t bytes) override { return moved(host_->allocate(bytes), distance); }
  void free(std::byte* block) noexcept override { host_->free(near(block)); }
  std::unique_ptr<TensorWork> new_work() override { return std::make_unique<FarWork>(host_->new_work()); }

 private:
  std::unique_ptr<TensorMemory> host_ = host_tensor_memory();
};

class FarRankMemory final : public RankMemory {
 public:
  void settle() override { host_->settle(); }
  void copy(std::span<const std::byte> from, std::span<std::byte> to) override {
    host_->copy(near(from), near(to));
  }
  void sum(const std::vector<std::span<const std::byte>>& parts, Element element,
           std::span<std::byte> to) override {
    std::vector<std::span<const std::byte>> here;
    for (const auto part : parts) here.push_back(near(part));
    host_->sum(here, element, near(to));
  }

 private:
  std::unique_ptr<RankMemory> host_ = host_rank_memory();
};

FarWork& work_of(const StepOptions& options) { return *static_cast<FarWork*>(options.stream); }

void far_forward(const ForwardStep& far, const ForwardState& state, const StepOptions& options) {
  work_of(options).queue([=] {
    ForwardStep step = far;
    step.q = near_view(far.q), step.k = near_view(far.k), step.v = near_view(far.v);
    backend_named("cpu").forward_step(step, near_state(state), {});
  });
}

void far_backward(const BackwardStep& far, const GradientState& state, const StepOptions& options) {
  work_of(options).queue([=] {
    BackwardStep step = far;
    step.q = near_view(far.q), step.k = near_view(far.k), step.v = near_view(far.v);
    step.d_output = near_view(far.d_output), step.lse = near_view(far.lse), step.delta = near_view(far.delta);
    backend_named("cpu").backward_step(step, {near_view(state.dq), near_view(state.dk), near_view(state.dv)},
                                       {});
  });
}

}  // namespace

std::unique_ptr<TensorMemory> far_tensor_memory() { return std::make_unique<FarMemory>(); }
std::unique_ptr<RankMemory> far_rank_memory() { return std::make_unique<FarRankMemory>(); }

const Backend& far_backend() {
  static constexpr Backend backend{"far", [](const StepNeeds&) { return std::string(); },
                                   [](const StepOptions&) { return std::string("far: cpu"); }, far_forward,
                                   far_backward};
  return backend;
}

}  // namespace validation_tests
