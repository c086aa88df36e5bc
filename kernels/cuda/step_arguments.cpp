#include "kernels/cuda/step_arguments.h"

#include <cstdint>

namespace kernels {

namespace {

[[noreturn]] void fail(const char* operation, const std::string& what) {
  throw ArgumentError(std::string(operation) + ": " + what);
}

// Rows and keys are counted in 32 bits; a grid has at most 65,535 blocks in its second and third direction.
void check_extent(const char* operation, const char* name, std::int64_t extent, std::int64_t limit) {
  if (extent > limit)
    fail(operation, std::string(name) + " is " + std::to_string(extent) +
                        "; a step on the GPU takes at most " + std::to_string(limit) +
                        ", cut it into several");
}

void check_aligned(const char* operation, const char* name, const ConstTensorView& view, std::int64_t bytes) {
  const std::int64_t numbers = bytes / bytes_of(view.element);
  const bool is_aligned =
      reinterpret_cast<std::uintptr_t>(view.data) % static_cast<std::uintptr_t>(bytes) == 0 &&
      view.batch_stride % numbers == 0 && view.row_stride % numbers == 0 && view.head_stride % numbers == 0;
  if (!is_aligned)
    fail(operation, std::string(name) + " starts at an address, or has strides (" +
                        std::to_string(view.batch_stride) + ", " + std::to_string(view.row_stride) + ", " +
                        std::to_string(view.head_stride) + "), that are not multiples of " +
                        std::to_string(bytes) + " bytes; the GPU copies that much at once");
}

template <class Step>
BlockShape shape_of(const char* operation, const Step& step) {
  if (const std::string why = gpu_rejects(step.q.dim, step.q.element); !why.empty()) fail(operation, why);
  constexpr std::int64_t most_rows = 1 << 30, most_blocks = 65535;
  check_extent(operation, "the number of query rows", step.q.rows, most_rows);
  check_extent(operation, "the number of keys", step.k.rows, most_rows);
  check_extent(operation, "the number of heads", step.q.heads, most_blocks);
  check_extent(operation, "the batch", step.q.batch, most_blocks);
  check_aligned(operation, "q", step.q, 16);
  check_aligned(operation, "k", step.k, 16);
  check_aligned(operation, "v", step.v, 16);
  BlockShape shape;
  shape.batch = static_cast<int>(step.q.batch);
  shape.rows = static_cast<int>(step.q.rows);
  shape.keys = static_cast<int>(step.k.rows);
  shape.heads = static_cast<int>(step.q.heads);
  shape.key_heads = static_cast<int>(step.k.heads);
  shape.group = shape.key_heads > 0 ? shape.heads / shape.key_heads : 1;
  return shape;
}

}  // namespace

std::string gpu_rejects(std::int64_t dim, Element element) {
  if (element == Element::fp32)
    return "the kernels for the GPU take fp16 and bf16 (their state is fp32), not fp32: its matrix units "
           "would "
           "round fp32 to 10 bits";
  if (dim != 64 && dim != 128)
    return "the kernels for the GPU take head dims of 64 and 128, not " + std::to_string(dim);
  return "";
}

DeviceTensor device_tensor(const ConstTensorView& view) {
  return {const_cast<void*>(view.data), view.batch_stride, view.row_stride, view.head_stride};
}
DeviceRows device_rows(const ConstRowView& view) {
  return {const_cast<float*>(view.data), view.batch_stride, view.head_stride, view.row_stride};
}

ForwardArguments arguments_of(const char* operation, const ForwardStep& step, const ForwardState& state) {
  check(operation, step, state);
  ForwardArguments arguments;
  arguments.shape = shape_of(operation, step);
  check_aligned(operation, "output", state.output, 8);
  arguments.q = device_tensor(step.q);
  arguments.k = device_tensor(step.k);
  arguments.v = device_tensor(step.v);
  arguments.output = device_tensor(state.output);
  arguments.running_max = device_rows(state.running_max);
  arguments.running_sum = device_rows(state.running_sum);
  arguments.position = step.position;
  arguments.mask = step.mask;
  arguments.scale = static_cast<float>(step.scale);
  return arguments;
}

BackwardArguments arguments_of(const char* operation, const BackwardStep& step, const GradientState& state) {
  check(operation, step, state);
  BackwardArguments arguments;
  arguments.shape = shape_of(operation, step);
  if (step.d_output.element != step.q.element)
    fail(operation, "d_output is " + std::string(name_of(step.d_output.element)) + ", q is " +
                        std::string(name_of(step.q.element)) + "; on the GPU they must be of one type");
  check_aligned(operation, "d_output", step.d_output, 16);
  check_aligned(operation, "dq", state.dq, 8);
  check_aligned(operation, "dk", state.dk, 8);
  check_aligned(operation, "dv", state.dv, 8);
  arguments.q = device_tensor(step.q);
  arguments.k = device_tensor(step.k);
  arguments.v = device_tensor(step.v);
  arguments.d_output = device_tensor(step.d_output);
  arguments.dq = device_tensor(state.dq);
  arguments.dk = device_tensor(state.dk);
  arguments.dv = device_tensor(state.dv);
  arguments.lse = device_rows(step.lse);
  arguments.delta = device_rows(step.delta);
  arguments.position = step.position;
  arguments.mask = step.mask;
  arguments.scale = static_cast<float>(step.scale);
  return arguments;
}

}  // namespace kernels
