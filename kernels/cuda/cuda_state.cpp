#include "kernels/cuda_state.h"

#include <string>

#include "kernels/cuda/check_cuda.h"
#include "kernels/cuda/state_launch.h"
#include "kernels/cuda/step_arguments.h"

namespace kernels {

namespace {

cudaStream_t stream_of(void* handle) { return static_cast<cudaStream_t>(handle); }

[[noreturn]] void fail(const char* operation, const std::string& what) {
  throw ArgumentError(std::string(operation) + ": " + what);
}

RowShape shape_of(const char* operation, const ConstTensorView& view) {
  constexpr std::int64_t most = 1 << 30;
  if (view.dim % 2 != 0)
    fail(operation, "the head dim is " + std::to_string(view.dim) + "; on the GPU it must be even");
  if (view.batch > most || view.rows > most || view.heads > most || view.dim > most)
    fail(operation, text_of(view) + " is too large for one call; cut it into several");
  return {static_cast<int>(view.batch), static_cast<int>(view.rows), static_cast<int>(view.heads),
          static_cast<int>(view.dim)};
}

// Pairs of numbers are read and written at once.
ElementTensor tensor_of(const char* operation, const char* name, const ConstTensorView& view) {
  if (reinterpret_cast<std::uintptr_t>(view.data) % static_cast<std::uintptr_t>(2 * bytes_of(view.element)) !=
          0 ||
      view.batch_stride % 2 != 0 || view.row_stride % 2 != 0 || view.head_stride % 2 != 0)
    fail(operation, std::string(name) + " has an address or strides that are not multiples of two numbers");
  return {device_tensor(view), view.element};
}

StateArguments state_of(const char* operation, const ForwardState& state, const ConstTensorView& shape) {
  check_same_shape(operation, "the state", state.output, "the output", shape);
  check_per_row(operation, "running_max", state.running_max, shape);
  check_per_row(operation, "running_sum", state.running_sum, shape);
  if (state.output.element != Element::fp32)
    fail(operation,
         "the state's output is " + std::string(name_of(state.output.element)) + "; it must be fp32");
  return {tensor_of(operation, "the state's output", state.output).tensor, device_rows(state.running_max),
          device_rows(state.running_sum)};
}

void clear(const char* name, const TensorView& view, void* stream) {
  if (view.element != Element::fp32)
    fail("reset",
         std::string(name) + " is " + std::string(name_of(view.element)) + "; gradients are carried in fp32");
  const ClearArguments arguments = {shape_of("reset", view), tensor_of("reset", name, view).tensor};
  check_cuda(launch_clear(arguments, stream_of(stream)), "reset");
}

// Calls part(view of the part, offset in the buffer) for the parts of a split along heads or rows.
enum class Along { heads, rows };

template <class View, class Part>
void for_parts(const char* operation, const View& view, int parts, Along along, std::int64_t buffer_bytes,
               const Part& part) {
  const std::int64_t bytes = view.batch * view.rows * view.heads * view.dim * bytes_of(view.element);
  const std::int64_t extent = along == Along::heads ? view.heads : view.rows;
  if (parts < 1 || extent % parts != 0)
    fail(operation, std::to_string(extent) + (along == Along::heads ? " heads" : " rows") +
                        " cannot be cut into " + std::to_string(parts) + " equal parts");
  if (buffer_bytes != bytes)
    fail(operation,
         "the buffer has " + std::to_string(buffer_bytes) + " bytes, the tensor " + std::to_string(bytes));
  const std::int64_t share = extent / parts;
  for (int p = 0; p < parts && bytes > 0; ++p) {
    View piece = view;
    if (along == Along::heads) {
      piece.data = view.at(0, 0, p * share);
      piece.heads = share;
    } else {
      piece = rows_of(view, p * share, share);
    }
    part(piece, p * (bytes / parts));
  }
}

void pack(const char* operation, const ConstTensorView& view, int parts, Along along,
          std::span<std::byte> buffer, void* stream) {
  for_parts(operation, view, parts, along, static_cast<std::int64_t>(buffer.size()),
            [&](const ConstTensorView& piece, std::int64_t offset) {
              cuda_convert(piece,
                           packed_view(static_cast<void*>(buffer.data() + offset), view.element, piece.batch,
                                       piece.rows, piece.heads, piece.dim),
                           stream);
            });
}

void unpack(const char* operation, std::span<const std::byte> buffer, int parts, Along along,
            const TensorView& view, void* stream) {
  for_parts(operation, view, parts, along, static_cast<std::int64_t>(buffer.size()),
            [&](const TensorView& piece, std::int64_t offset) {
              cuda_convert(packed_view(static_cast<const void*>(buffer.data() + offset), view.element,
                                       piece.batch, piece.rows, piece.heads, piece.dim),
                           piece, stream);
            });
}

}  // namespace

void cuda_reset(const ForwardState& state, void* stream) {
  const ResetArguments arguments = {shape_of("reset", state.output), state_of("reset", state, state.output)};
  check_cuda(launch_reset(arguments, stream_of(stream)), "reset");
}

void cuda_reset(const GradientState& state, void* stream) {
  clear("dq", state.dq, stream);
  clear("dk", state.dk, stream);
  clear("dv", state.dv, stream);
}

void cuda_merge(const ForwardState& into, const ForwardState& part, void* stream) {
  const MergeArguments arguments = {shape_of("merge", into.output), state_of("merge", into, into.output),
                                    state_of("merge", part, into.output)};
  check_cuda(launch_merge(arguments, stream_of(stream)), "merge");
}

void cuda_finish(const ForwardState& state, const TensorView& output, const RowView& lse, void* stream) {
  check_per_row("finish", "lse", lse, output);
  const FinishArguments arguments = {shape_of("finish", output), state_of("finish", state, output),
                                     tensor_of("finish", "output", output), device_rows(lse)};
  check_cuda(launch_finish(arguments, stream_of(stream)), "finish");
}

void cuda_delta_of(const ConstTensorView& d_output, const ConstTensorView& output, const RowView& delta,
                   void* stream) {
  check_same_shape("delta_of", "d_output", d_output, "output", output);
  check_per_row("delta_of", "delta", delta, output);
  const DeltaArguments arguments = {shape_of("delta_of", output), tensor_of("delta_of", "d_output", d_output),
                                    tensor_of("delta_of", "output", output), device_rows(delta)};
  check_cuda(launch_delta(arguments, stream_of(stream)), "delta_of");
}

void cuda_convert(const ConstTensorView& from, const TensorView& to, void* stream) {
  check_same_shape("convert", "to", to, "from", from);
  const ConvertArguments arguments = {shape_of("convert", from), tensor_of("convert", "from", from),
                                      tensor_of("convert", "to", to)};
  check_cuda(launch_convert(arguments, stream_of(stream)), "convert");
}

void cuda_pack_heads(const ConstTensorView& view, int parts, std::span<std::byte> buffer, void* stream) {
  pack("pack_heads", view, parts, Along::heads, buffer, stream);
}
void cuda_pack_rows(const ConstTensorView& view, int parts, std::span<std::byte> buffer, void* stream) {
  pack("pack_rows", view, parts, Along::rows, buffer, stream);
}
void cuda_unpack_heads(std::span<const std::byte> buffer, int parts, const TensorView& view, void* stream) {
  unpack("unpack_heads", buffer, parts, Along::heads, view, stream);
}
void cuda_unpack_rows(std::span<const std::byte> buffer, int parts, const TensorView& view, void* stream) {
  unpack("unpack_rows", buffer, parts, Along::rows, view, stream);
}

void cuda_sum_parts(const void* parts, int number_of_parts, Element element, std::int64_t count, void* sum,
                    void* stream) {
  if (element == Element::fp16) fail("sum of parts", "the numbers are fp16; it must be fp32 or bf16");
  check_cuda(launch_sum({parts, sum, count, number_of_parts, element}, stream_of(stream)), "sum of parts");
}

}  // namespace kernels
