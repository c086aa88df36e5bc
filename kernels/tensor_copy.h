// Reading, writing, converting and repacking tensors.
//
// The all-to-all of a head split wants one contiguous message part per rank.  Sequence split (all heads of
// some rows) to head split (some heads of all rows):  pack_heads -> all_to_all -> unpack_rows; and back:
// pack_rows -> all_to_all -> unpack_heads.  Rows of rank s stand at s x rows / parts in the head split, in
// the order in which rank s holds them.
#pragma once

#include <span>
#include <vector>

#include "kernels/tensor_view.h"

namespace kernels {

double number_at(const ConstTensorView& view, std::int64_t batch, std::int64_t row, std::int64_t head,
                 std::int64_t d);
// One row of one head to or from dim fp32 numbers.
void read_row(const ConstTensorView& view, std::int64_t batch, std::int64_t row, std::int64_t head,
              float* to);
void write_row(const float* from, const TensorView& view, std::int64_t batch, std::int64_t row,
               std::int64_t head);

// Element by element, rounding where `to` is narrower.  The shapes must be equal.
void convert(const ConstTensorView& from, const TensorView& to);

std::int64_t bytes_of(const ConstTensorView& view);  // when packed

// Split along heads (or rows) into `parts` equal parts, one after the other, each in the order batch, row,
// head, dim.  The buffer must have exactly bytes_of(view) bytes.
void pack_heads(const ConstTensorView& view, int parts, std::span<std::byte> buffer);
void pack_rows(const ConstTensorView& view, int parts, std::span<std::byte> buffer);
void unpack_heads(std::span<const std::byte> buffer, int parts, const TensorView& view);
void unpack_rows(std::span<const std::byte> buffer, int parts, const TensorView& view);

}  // namespace kernels
