#include "kernels/tensor_copy.h"

#include <cstring>

#include "kernels/attention_step.h"

namespace kernels {

namespace {

template <class Number>
Number element_at(const std::byte* row, std::int64_t d) {
  Number number;
  std::memcpy(&number, row + d * static_cast<std::int64_t>(sizeof(Number)), sizeof(Number));
  return number;
}

template <class Number>
void put_element(std::byte* row, std::int64_t d, Number number) {
  std::memcpy(row + d * static_cast<std::int64_t>(sizeof(Number)), &number, sizeof(Number));
}

enum class Axis { heads, rows };

// Part `part` of `parts` along the axis.
ConstTensorView part_of(ConstTensorView view, Axis axis, int parts, int part) {
  if (axis == Axis::rows) return rows_of(view, view.rows / parts * part, view.rows / parts);
  view.heads /= parts;
  view.data = view.at(0, 0, part * view.heads);
  return view;
}

void check_split(const char* operation, const ConstTensorView& view, Axis axis, int parts,
                 std::size_t bytes) {
  const std::int64_t extent = axis == Axis::rows ? view.rows : view.heads;
  const char* name = axis == Axis::rows ? "rows" : "heads";
  if (parts < 1 || extent % parts != 0)
    throw ArgumentError(std::string(operation) + ": " + std::to_string(extent) + " " + name +
                        " cannot be split into " + std::to_string(parts) +
                        " equal parts; the number of parts must divide them");
  if (static_cast<std::int64_t>(bytes) != bytes_of(view))
    throw ArgumentError(std::string(operation) + ": the buffer has " + std::to_string(bytes) + " bytes; " +
                        text_of(view) + " needs exactly " + std::to_string(bytes_of(view)));
}

// Calls copy(address in the view, offset in the packed buffer, bytes) for every row of every head.
template <class Copy>
void for_packed_rows(const ConstTensorView& view, Axis axis, int parts, Copy copy) {
  const std::int64_t bytes = view.dim * bytes_of(view.element);
  std::int64_t offset = 0;
  for (int number = 0; number < parts; ++number) {
    const ConstTensorView part = part_of(view, axis, parts, number);
    for (std::int64_t b = 0; b < part.batch; ++b)
      for (std::int64_t row = 0; row < part.rows; ++row)
        for (std::int64_t head = 0; head < part.heads; ++head, offset += bytes)
          copy(part.at(b, row, head), offset, static_cast<std::size_t>(bytes));
  }
}

void pack(const char* operation, const ConstTensorView& view, Axis axis, int parts,
          std::span<std::byte> buffer) {
  check_split(operation, view, axis, parts, buffer.size());
  for_packed_rows(view, axis, parts, [&](const std::byte* row, std::int64_t offset, std::size_t bytes) {
    std::memcpy(buffer.data() + offset, row, bytes);
  });
}

void unpack(const char* operation, std::span<const std::byte> buffer, Axis axis, int parts,
            const TensorView& view) {
  check_split(operation, view, axis, parts, buffer.size());
  auto* memory = static_cast<std::byte*>(view.data);
  for_packed_rows(view, axis, parts, [&](const std::byte* row, std::int64_t offset, std::size_t bytes) {
    std::memcpy(memory + (row - memory), buffer.data() + offset, bytes);
  });
}

}  // namespace

double number_at(const ConstTensorView& view, std::int64_t batch, std::int64_t row, std::int64_t head,
                 std::int64_t d) {
  const std::byte* place = view.at(batch, row, head);
  switch (view.element) {
    case Element::fp32: return static_cast<double>(element_at<float>(place, d));
    case Element::fp16: return static_cast<double>(to_float(element_at<Fp16>(place, d)));
    case Element::bf16: return static_cast<double>(to_float(element_at<Bf16>(place, d)));
  }
  throw ArgumentError("number_at: unknown element type");
}

void read_row(const ConstTensorView& view, std::int64_t batch, std::int64_t row, std::int64_t head,
              float* to) {
  const std::byte* place = view.at(batch, row, head);
  switch (view.element) {
    case Element::fp32: std::memcpy(to, place, static_cast<std::size_t>(view.dim) * sizeof(float)); break;
    case Element::fp16:
      for (std::int64_t d = 0; d < view.dim; ++d) to[d] = to_float(element_at<Fp16>(place, d));
      break;
    case Element::bf16:
      for (std::int64_t d = 0; d < view.dim; ++d) to[d] = to_float(element_at<Bf16>(place, d));
      break;
  }
}

void write_row(const float* from, const TensorView& view, std::int64_t batch, std::int64_t row,
               std::int64_t head) {
  std::byte* place = view.at(batch, row, head);
  switch (view.element) {
    case Element::fp32: std::memcpy(place, from, static_cast<std::size_t>(view.dim) * sizeof(float)); break;
    case Element::fp16:
      for (std::int64_t d = 0; d < view.dim; ++d) put_element(place, d, to_fp16(from[d]));
      break;
    case Element::bf16:
      for (std::int64_t d = 0; d < view.dim; ++d) put_element(place, d, to_bf16(from[d]));
      break;
  }
}

void convert(const ConstTensorView& from, const TensorView& to) {
  check_same_shape("convert", "to", to, "from", from);
  std::vector<float> numbers(static_cast<std::size_t>(from.dim));
  for (std::int64_t b = 0; b < from.batch; ++b)
    for (std::int64_t row = 0; row < from.rows; ++row)
      for (std::int64_t head = 0; head < from.heads; ++head) {
        read_row(from, b, row, head, numbers.data());
        write_row(numbers.data(), to, b, row, head);
      }
}

std::int64_t bytes_of(const ConstTensorView& view) {
  return view.batch * view.rows * view.heads * view.dim * bytes_of(view.element);
}

void pack_heads(const ConstTensorView& view, int parts, std::span<std::byte> buffer) {
  pack("pack_heads", view, Axis::heads, parts, buffer);
}

void pack_rows(const ConstTensorView& view, int parts, std::span<std::byte> buffer) {
  pack("pack_rows", view, Axis::rows, parts, buffer);
}

void unpack_heads(std::span<const std::byte> buffer, int parts, const TensorView& view) {
  unpack("unpack_heads", buffer, Axis::heads, parts, view);
}

void unpack_rows(std::span<const std::byte> buffer, int parts, const TensorView& view) {
  unpack("unpack_rows", buffer, Axis::rows, parts, view);
}

}  // namespace kernels
