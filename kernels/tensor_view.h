// Views of memory that somebody else owns: tensors of (batch, row, head, dim) and one fp32 number per
// (batch, head, row).
//
// Strides are explicit, in elements, so that any order of batch, rows and heads, and every shard of a
// sequence, is a view and not a copy: rows r, r + R, ... of a striped layout are rows_of() with a step.  The
// dim axis is always contiguous.  There is one type for LSE, delta and the running maximum and sum, because
// mixed-up layouts of these are the most frequent mistake in distributed attention.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "kernels/element.h"

namespace kernels {

// A caller's mistake: what() names the operation, the argument, what it is and what would be right.
class ArgumentError : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

struct ConstTensorView {
  const void* data = nullptr;
  Element element = Element::fp32;
  std::int64_t batch = 0, rows = 0, heads = 0, dim = 0;
  std::int64_t batch_stride = 0, row_stride = 0, head_stride = 0;  // in elements

  const std::byte* at(std::int64_t b, std::int64_t row, std::int64_t head) const {
    return static_cast<const std::byte*>(data) +
           (b * batch_stride + row * row_stride + head * head_stride) * bytes_of(element);
  }
};

struct TensorView {
  void* data = nullptr;
  Element element = Element::fp32;
  std::int64_t batch = 0, rows = 0, heads = 0, dim = 0;
  std::int64_t batch_stride = 0, row_stride = 0, head_stride = 0;

  std::byte* at(std::int64_t b, std::int64_t row, std::int64_t head) const {
    return static_cast<std::byte*>(data) +
           (b * batch_stride + row * row_stride + head * head_stride) * bytes_of(element);
  }
  operator ConstTensorView() const {  // NOLINT: a view may always be read
    return {data, element, batch, rows, heads, dim, batch_stride, row_stride, head_stride};
  }
};

struct ConstRowView {
  const float* data = nullptr;
  std::int64_t batch = 0, heads = 0, rows = 0;
  std::int64_t batch_stride = 0, head_stride = 0, row_stride = 0;

  const float& at(std::int64_t b, std::int64_t head, std::int64_t row) const {
    return data[b * batch_stride + head * head_stride + row * row_stride];
  }
};

struct RowView {
  float* data = nullptr;
  std::int64_t batch = 0, heads = 0, rows = 0;
  std::int64_t batch_stride = 0, head_stride = 0, row_stride = 0;

  float& at(std::int64_t b, std::int64_t head, std::int64_t row) const {
    return data[b * batch_stride + head * head_stride + row * row_stride];
  }
  operator ConstRowView() const {  // NOLINT: a view may always be read
    return {data, batch, heads, rows, batch_stride, head_stride, row_stride};
  }
};

// Memory in the order batch, row, head, dim without gaps, and for numbers per row batch, head, row.
TensorView packed_view(void* data, Element element, std::int64_t batch, std::int64_t rows, std::int64_t heads,
                       std::int64_t dim);
ConstTensorView packed_view(const void* data, Element element, std::int64_t batch, std::int64_t rows,
                            std::int64_t heads, std::int64_t dim);
RowView packed_rows(float* data, std::int64_t batch, std::int64_t heads, std::int64_t rows);
ConstRowView packed_rows(const float* data, std::int64_t batch, std::int64_t heads, std::int64_t rows);

// Rows first, first + step, ... ; count of them.
TensorView rows_of(const TensorView& view, std::int64_t first, std::int64_t count, std::int64_t step = 1);
ConstTensorView rows_of(const ConstTensorView& view, std::int64_t first, std::int64_t count,
                        std::int64_t step = 1);
RowView rows_of(const RowView& view, std::int64_t first, std::int64_t count, std::int64_t step = 1);
ConstRowView rows_of(const ConstRowView& view, std::int64_t first, std::int64_t count, std::int64_t step = 1);

// "2 x 512 x 8 x 128 fp32" (batch x rows x heads x dim), "2 x 8 x 512" (batch x heads x rows).
std::string text_of(const ConstTensorView& view);
std::string text_of(const ConstRowView& view);

}  // namespace kernels
