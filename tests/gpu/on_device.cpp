#include "tests/gpu/on_device.h"

#include "kernels/tensor_copy.h"

namespace gpu_tests {

using namespace kernels;
using namespace kernel_tests;

namespace {

void upload(const void* from, const CudaMemory& to) {
  const CudaStream stream;
  cuda_copy(from, to.data(), to.size(), stream.handle());
  stream.synchronize();
}
void download(const CudaMemory& from, void* to) {
  const CudaStream stream;
  cuda_copy(from.data(), to, from.size(), stream.handle());
  stream.synchronize();
}

void copy_rows(const ConstRowView& from, const RowView& to) {
  for (std::int64_t b = 0; b < to.batch; ++b)
    for (std::int64_t h = 0; h < to.heads; ++h)
      for (std::int64_t r = 0; r < to.rows; ++r) to.at(b, h, r) = from.at(b, h, r);
}

void forward(const Backend& backend, const ForwardStep& step, const ForwardState& state) {
  const TensorOnDevice q(step.q), k(step.k), v(step.v);
  TensorOnDevice output(state.output);
  RowsOnDevice max(state.running_max), sum(state.running_sum);
  const CudaStream stream;
  StepOptions options;
  options.stream = stream.handle();
  backend.forward_step({q.view(), k.view(), v.view(), step.position, step.mask, step.scale},
                       {output.view(), max.view(), sum.view()}, options);
  stream.synchronize();
  output.fetch(state.output);
  max.fetch(state.running_max);
  sum.fetch(state.running_sum);
}

void backward(const Backend& backend, const BackwardStep& step, const GradientState& state) {
  const TensorOnDevice q(step.q), k(step.k), v(step.v), d_output(step.d_output);
  TensorOnDevice dq(state.dq), dk(state.dk), dv(state.dv);
  const RowsOnDevice lse(step.lse), delta(step.delta);
  const CudaStream stream;
  StepOptions options;
  options.stream = stream.handle();
  backend.backward_step({q.view(), k.view(), v.view(), d_output.view(), lse.view(), delta.view(),
                         step.position, step.mask, step.scale},
                        {dq.view(), dk.view(), dv.view()}, options);
  stream.synchronize();
  dq.fetch(state.dq);
  dk.fetch(state.dk);
  dv.fetch(state.dv);
}

enum class Which { sm90a, sm80 };
const Backend& backend_of(Which which) {
  return backend_named(which == Which::sm80 ? "cuda_sm80" : "cuda_sm90a");
}

template <Which which>
constexpr Backend copying = {
    "on device", [](const StepNeeds& needs) { return backend_of(which).rejects(needs); },
    [](const StepOptions& options) { return backend_of(which).description(options); },
    [](const ForwardStep& step, const ForwardState& state, const StepOptions&) {
      forward(backend_of(which), step, state);
    },
    [](const BackwardStep& step, const GradientState& state, const StepOptions&) {
      backward(backend_of(which), step, state);
    }};

}  // namespace

TensorOnDevice::TensorOnDevice(const ConstTensorView& view)
    : host_(view.element, view.batch, view.rows * 2, view.heads, view.dim),
      rows_(view.rows),
      memory_(static_cast<std::int64_t>(host_.bytes.size())) {
  convert(view, rows_of(host_.view(), 0, rows_, 2));
  upload(host_.bytes.data(), memory_);
}
TensorView TensorOnDevice::view() const {
  return rows_of(packed_view(static_cast<void*>(memory_.data()), host_.element, host_.batch, host_.rows,
                             host_.heads, host_.dim),
                 0, rows_, 2);
}
void TensorOnDevice::fetch(const TensorView& to) {
  download(memory_, host_.bytes.data());
  convert(rows_of(host_.view(), 0, rows_, 2), to);
}

RowsOnDevice::RowsOnDevice(const ConstRowView& view)
    : host_(view.batch, view.heads, view.rows), memory_(view.batch * view.heads * view.rows * 4) {
  copy_rows(view, host_.view());
  upload(host_.numbers.data(), memory_);
}
RowView RowsOnDevice::view() const {
  return packed_rows(reinterpret_cast<float*>(memory_.data()), host_.batch, host_.heads, host_.rows);
}
void RowsOnDevice::fetch(const RowView& to) {
  download(memory_, host_.numbers.data());
  copy_rows(host_.view(), to);
}

std::vector<Runner> device_runners() {
  StepNeeds needs;
  needs.element = Element::bf16;
  needs.memory = Memory::device;
  std::vector<Runner> all;
  if (backend_named("cuda_sm80").rejects(needs).empty())
    all.push_back({"cuda_sm80", &copying<Which::sm80>, {}});
  if (backend_named("cuda_sm90a").rejects(needs).empty())
    all.push_back({"cuda_sm90a", &copying<Which::sm90a>, {}});
  return all;
}

}  // namespace gpu_tests
