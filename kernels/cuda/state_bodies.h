// What happens to the carried state and to tensors on the GPU, by pairs of numbers: one warp per row and
// head.
//
// Each reads and writes every number once, so memory bandwidth is the bound: merge moves 12 x dim bytes per
// row and head, finish 6 x dim with 16-bit output, delta 4 x dim, convert 2 to 8 x dim.
#pragma once

#include <cstdint>

#include "kernels/cuda/attention_arguments.h"
#include "kernels/cuda/sm80_tile.h"
#include "kernels/element.h"

namespace kernels {

constexpr int row_warps = 4;  // rows per block

// A tensor of any element type.
struct ElementTensor {
  DeviceTensor tensor;
  Element element = Element::fp32;
};

// The rows of a tensor, one warp each.
struct RowShape {
  int batch = 0, rows = 0, heads = 0, dim = 0;
};

struct StateArguments {
  DeviceTensor output;  // fp32
  DeviceRows running_max, running_sum;
};
struct ResetArguments {
  RowShape shape;
  StateArguments state;
};
struct ClearArguments {
  RowShape shape;
  DeviceTensor tensor;  // fp32
};
struct MergeArguments {
  RowShape shape;
  StateArguments into, part;
};
struct FinishArguments {
  RowShape shape;
  StateArguments state;
  ElementTensor output;
  DeviceRows lse;
};
struct DeltaArguments {
  RowShape shape;
  ElementTensor d_output, output;
  DeviceRows delta;
};
struct ConvertArguments {
  RowShape shape;
  ElementTensor from, to;
};
struct SumArguments {
  const void* parts = nullptr;
  void* sum = nullptr;
  std::int64_t count = 0;
  int number_of_parts = 0;
  Element element = Element::fp32;
};

struct RowPlace {
  int batch = 0, head = 0, row = 0;
  bool is_there = false;
};

// Heads vary fastest, as in packed tensors.
template <class Gpu>
RINGSIDE_DEVICE RowPlace place_of_warp(Gpu& gpu, const RowShape& shape) {
  const std::int64_t number = static_cast<std::int64_t>(gpu.block_x()) * row_warps + gpu.warp();
  const std::int64_t rows = number / shape.heads;
  RowPlace place;
  place.head = static_cast<int>(number % shape.heads);
  place.row = static_cast<int>(rows % shape.rows);
  place.batch = static_cast<int>(rows / shape.rows);
  place.is_there = rows / shape.rows < shape.batch;
  return place;
}

RINGSIDE_DEVICE std::int64_t row_offset(const DeviceTensor& tensor, const RowPlace& at) {
  return at.batch * tensor.batch_stride + at.head * tensor.head_stride + at.row * tensor.row_stride;
}
RINGSIDE_DEVICE float* row_of(const DeviceTensor& tensor, const RowPlace& at) {
  return static_cast<float*>(tensor.data) + row_offset(tensor, at);
}
RINGSIDE_DEVICE float& number_at(const DeviceRows& rows, const RowPlace& at) {
  return *number_of(rows, at.batch, at.head, at.row);
}

// Numbers `index` and the next of a run of numbers.
template <class Gpu>
RINGSIDE_DEVICE void read_pair(Gpu& gpu, const void* numbers, Element element, std::int64_t index, float& x,
                               float& y) {
  if (element == Element::fp32)
    gpu.load_pair(static_cast<const float*>(numbers) + index, x, y);
  else if (element == Element::bf16)
    gpu.template unpack<Bf16>(static_cast<const std::uint32_t*>(numbers)[index / 2], x, y);
  else
    gpu.template unpack<Fp16>(static_cast<const std::uint32_t*>(numbers)[index / 2], x, y);
}
template <class Gpu>
RINGSIDE_DEVICE void write_pair(Gpu& gpu, void* numbers, Element element, std::int64_t index, float x,
                                float y) {
  if (element == Element::fp32)
    gpu.store_pair(static_cast<float*>(numbers) + index, x, y);
  else if (element == Element::bf16)
    static_cast<std::uint32_t*>(numbers)[index / 2] = gpu.template pack<Bf16>(x, y);
  else
    static_cast<std::uint32_t*>(numbers)[index / 2] = gpu.template pack<Fp16>(x, y);
}

template <class Gpu>
RINGSIDE_DEVICE void reset_row(Gpu& gpu, const ResetArguments& a) {
  const RowPlace at = place_of_warp(gpu, a.shape);
  if (!at.is_there) return;
  for (int d = gpu.lane() * 2; d < a.shape.dim; d += 64) gpu.store_pair(row_of(a.state.output, at) + d, 0, 0);
  if (gpu.lane() != 0) return;
  number_at(a.state.running_max, at) = minus_infinity;
  number_at(a.state.running_sum, at) = 0;
}

template <class Gpu>
RINGSIDE_DEVICE void clear_row(Gpu& gpu, const ClearArguments& a) {
  const RowPlace at = place_of_warp(gpu, a.shape);
  if (!at.is_there) return;
  for (int d = gpu.lane() * 2; d < a.shape.dim; d += 64) gpu.store_pair(row_of(a.tensor, at) + d, 0, 0);
}

template <class Gpu>
RINGSIDE_DEVICE void merge_row(Gpu& gpu, const MergeArguments& a) {
  const RowPlace at = place_of_warp(gpu, a.shape);
  if (!at.is_there) return;
  const float max = number_at(a.into.running_max, at), other_max = number_at(a.part.running_max, at);
  const float after = gpu.larger(max, other_max);
  if (after == minus_infinity) return;  // both are empty: -inf - -inf would be NaN
  const float mine = gpu.exp2((max - after) * log2_e), other = gpu.exp2((other_max - after) * log2_e);
  const float sum = number_at(a.into.running_sum, at) * mine + number_at(a.part.running_sum, at) * other;
  gpu.sync_warp();  // all lanes have read what lane 0 is about to write
  if (gpu.lane() == 0) {
    number_at(a.into.running_max, at) = after;
    number_at(a.into.running_sum, at) = sum;
  }
  for (int d = gpu.lane() * 2; d < a.shape.dim; d += 64) {
    float x = 0, y = 0, more_x = 0, more_y = 0;
    gpu.load_pair(row_of(a.into.output, at) + d, x, y);
    gpu.load_pair(row_of(a.part.output, at) + d, more_x, more_y);
    gpu.store_pair(row_of(a.into.output, at) + d, x * mine + more_x * other, y * mine + more_y * other);
  }
}

// K4.
template <class Gpu>
RINGSIDE_DEVICE void finish_row(Gpu& gpu, const FinishArguments& a) {
  const RowPlace at = place_of_warp(gpu, a.shape);
  if (!at.is_there) return;
  const float sum = number_at(a.state.running_sum, at);
  const float factor = sum == 0 ? 0.0F : 1.0F / sum;
  const std::int64_t to = row_offset(a.output.tensor, at);
  for (int d = gpu.lane() * 2; d < a.shape.dim; d += 64) {
    float x = 0, y = 0;
    gpu.load_pair(row_of(a.state.output, at) + d, x, y);
    write_pair(gpu, a.output.tensor.data, a.output.element, to + d, x * factor, y * factor);
  }
  if (gpu.lane() == 0)
    number_at(a.lse, at) = sum == 0 ? minus_infinity : number_at(a.state.running_max, at) + gpu.log(sum);
}

template <class Gpu>
RINGSIDE_DEVICE void delta_row(Gpu& gpu, const DeltaArguments& a) {
  const RowPlace at = place_of_warp(gpu, a.shape);
  if (!at.is_there) return;
  const std::int64_t gradient = row_offset(a.d_output.tensor, at), output = row_offset(a.output.tensor, at);
  float sum = 0;
  for (int d = gpu.lane() * 2; d < a.shape.dim; d += 64) {
    float x = 0, y = 0, dx = 0, dy = 0;
    read_pair(gpu, a.output.tensor.data, a.output.element, output + d, x, y);
    read_pair(gpu, a.d_output.tensor.data, a.d_output.element, gradient + d, dx, dy);
    sum += x * dx + y * dy;
  }
  for (int mask = 16; mask > 0; mask /= 2) sum += gpu.shuffle_xor(sum, mask);
  if (gpu.lane() == 0) number_at(a.delta, at) = sum;
}

template <class Gpu>
RINGSIDE_DEVICE void convert_row(Gpu& gpu, const ConvertArguments& a) {
  const RowPlace at = place_of_warp(gpu, a.shape);
  if (!at.is_there) return;
  const std::int64_t from = row_offset(a.from.tensor, at), to = row_offset(a.to.tensor, at);
  for (int d = gpu.lane() * 2; d < a.shape.dim; d += 64) {
    float x = 0, y = 0;
    read_pair(gpu, a.from.tensor.data, a.from.element, from + d, x, y);
    write_pair(gpu, a.to.tensor.data, a.to.element, to + d, x, y);
  }
}

// One number per thread.
template <class Gpu>
RINGSIDE_DEVICE void sum_number(Gpu& gpu, const SumArguments& a) {
  const std::int64_t i = static_cast<std::int64_t>(gpu.block_x()) * row_warps * warp_lanes + gpu.thread();
  if (i >= a.count) return;
  float sum = 0;
  for (int part = 0; part < a.number_of_parts; ++part) {
    const std::int64_t at = part * a.count + i;
    float x = 0, unused = 0;
    if (a.element == Element::fp32)
      x = static_cast<const float*>(a.parts)[at];
    else
      gpu.template unpack<Bf16>(static_cast<const std::uint16_t*>(a.parts)[at], x, unused);
    sum += x;
  }
  if (a.element == Element::fp32)
    static_cast<float*>(a.sum)[i] = sum;
  else
    static_cast<std::uint16_t*>(a.sum)[i] = static_cast<std::uint16_t>(gpu.template pack<Bf16>(sum, 0));
}

}  // namespace kernels
