// A tensor as TMA sees it: four axes (dim, row, head, batch), and boxes of 64 numbers x some rows of one head
// that are copied to one panel of a tile.  What lies behind the last row becomes zeros.
#pragma once

#include <array>
#include <cstdint>

#include "kernels/cuda/attention_arguments.h"
#include "kernels/element.h"

namespace kernels {

struct TensorBox {
  void* data = nullptr;
  Element element = Element::bf16;
  std::array<std::int64_t, 4> extents{};  // dim, rows, heads, batch
  std::array<std::int64_t, 3> strides{};  // of row, head, batch; bytes, multiples of 16
  int box_rows = 0;                       // at most 256
};

// An axis of extent 1 may have any stride in a view, such as 0; TMA gets one that it accepts.
inline TensorBox tensor_box(const DeviceTensor& tensor, Element element, int dim, int rows, int heads,
                            int batch, int box_rows) {
  TensorBox box;
  box.data = tensor.data;
  box.element = element;
  box.extents = {dim, rows, heads, batch};
  box.strides = {tensor.row_stride * 2, tensor.head_stride * 2, tensor.batch_stride * 2};
  for (std::size_t axis = 0; axis < 3; ++axis)
    if (box.extents[axis + 1] == 1) box.strides[axis] = std::int64_t{2} * dim;
  box.box_rows = box_rows;
  return box;
}

}  // namespace kernels
