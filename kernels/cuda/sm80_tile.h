// What the sm_80 kernels share: tiles in shared memory, fragments, and products of a warp.
//
// `Gpu` is one thread's view of the machine: ptx_sm80.cuh on the device, an emulated thread in tests.  A tile
// holds rows of `dim` 16-bit numbers in the order of swizzle.h; addresses are bytes in shared memory.
#pragma once

#include <cstdint>

#include "kernels/cuda/attention_arguments.h"
#include "kernels/cuda/mma_fragment.h"
#include "kernels/cuda/swizzle.h"
#include "kernels/cuda/tile_mask.h"

namespace kernels {

constexpr float log2_e = 1.44269504088896340736F;
constexpr float minus_infinity = -__builtin_huge_valf();

RINGSIDE_DEVICE constexpr int tile_bytes(int rows, int dim) { return rows * dim * 2; }

// The rows of one head of one batch entry.
RINGSIDE_DEVICE const char* head_of(const DeviceTensor& tensor, int batch, int head) {
  return static_cast<const char*>(tensor.data) +
         (batch * tensor.batch_stride + head * tensor.head_stride) * 2;
}
RINGSIDE_DEVICE float* fp32_row_of(const DeviceTensor& tensor, int batch, int head, int row) {
  return static_cast<float*>(tensor.data) + batch * tensor.batch_stride + head * tensor.head_stride +
         row * tensor.row_stride;
}
RINGSIDE_DEVICE float* number_of(const DeviceRows& rows, int batch, int head, int row) {
  return rows.data + batch * rows.batch_stride + head * rows.head_stride + row * rows.row_stride;
}

// Starts copying `tile_rows` rows from `first` on; rows from `limit` on become zeros.  All threads take part.
template <int tile_rows, int dim, int threads, class Gpu>
RINGSIDE_DEVICE void copy_tile(Gpu& gpu, std::uint32_t tile, const char* head, std::int64_t row_stride,
                               int first, int limit) {
  constexpr int chunks = dim / chunk_numbers;
  constexpr int pass = threads / chunks;  // rows that all threads together copy at once
  static_assert(threads % chunks == 0 && tile_rows % pass == 0 && pass % 8 == 0,
                "every thread copies one chunk of each pass, with the same swizzle");
  const int row = gpu.thread() / chunks, chunk = gpu.thread() % chunks;
  const char* from = head + ((first + row) * row_stride + chunk * chunk_numbers) * 2;
  const std::uint32_t to = tile + static_cast<std::uint32_t>(swizzled_offset<dim>(row, chunk));
  RINGSIDE_UNROLL
  for (int i = 0; i < tile_rows / pass; ++i) {
    const bool is_there = first + row + i * pass < limit;
    gpu.copy_async(to + static_cast<std::uint32_t>(i * pass * dim * 2), is_there ? from : head, is_there);
    from += pass * row_stride * 2;
  }
}

// The address of a place, moved by `row` (a multiple of 8) and `column` (of 16).  Equal to
// tile + swizzled_offset(row + place.row, column / 8 + place.chunk); written so that all columns share one
// register: tiles are aligned to rows, so that a change of column is one xor.
template <int dim>
RINGSIDE_DEVICE constexpr std::uint32_t chunk_address(std::uint32_t tile, const ChunkPlace& place, int row,
                                                      int column) {
  const std::uint32_t start = tile + static_cast<std::uint32_t>(swizzled_offset<dim>(place.row, place.chunk));
  return (start ^ static_cast<std::uint32_t>(column * 2)) + static_cast<std::uint32_t>(row * dim * 2);
}

// A (16 x 16) at (row, column).
template <int dim, class Gpu>
RINGSIDE_DEVICE void load_a(Gpu& gpu, std::uint32_t (&a)[4], std::uint32_t tile, int row, int column) {
  gpu.load_matrices(a, chunk_address<dim>(tile, a_address(gpu.lane()), row, column));
}
// B of columns n ... n + 15, depth k ... k + 15, from a tile with one column of B per row.
template <int dim, class Gpu>
RINGSIDE_DEVICE void load_b(Gpu& gpu, std::uint32_t (&b)[4], std::uint32_t tile, int n, int k) {
  gpu.load_matrices(b, chunk_address<dim>(tile, b_address(gpu.lane()), n, k));
}
// The same from a tile with one depth of B per row.
template <int dim, class Gpu>
RINGSIDE_DEVICE void load_b_transposed(Gpu& gpu, std::uint32_t (&b)[4], std::uint32_t tile, int k, int n) {
  gpu.load_matrices_transposed(b, chunk_address<dim>(tile, b_address_transposed(gpu.lane()), k, n));
}

// c = A B^T over dim, for `blocks` x 16 rows of A from `row` on and all columns / 8 x 8 rows of B's tile.
template <class Number, int dim, int blocks, int columns, class Gpu>
RINGSIDE_DEVICE void multiply_tiles(Gpu& gpu, float (&c)[blocks][columns / 8][4], std::uint32_t a_tile,
                                    int row, std::uint32_t b_tile) {
  RINGSIDE_UNROLL
  for (int i = 0; i < blocks; ++i) RINGSIDE_UNROLL
  for (int j = 0; j < columns / 8; ++j) RINGSIDE_UNROLL
  for (float& x : c[i][j]) x = 0;
  RINGSIDE_UNROLL
  for (int k = 0; k < dim; k += 16) {
    std::uint32_t a[blocks][4];
    RINGSIDE_UNROLL
    for (int i = 0; i < blocks; ++i) load_a<dim>(gpu, a[i], a_tile, row + i * 16, k);
    RINGSIDE_UNROLL
    for (int n = 0; n < columns; n += 16) {
      std::uint32_t b[4];
      load_b<dim>(gpu, b, b_tile, n, k);
      RINGSIDE_UNROLL
      for (int i = 0; i < blocks; ++i) {
        gpu.template multiply_add<Number>(c[i][n / 8], a[i], b[0], b[1]);
        gpu.template multiply_add<Number>(c[i][n / 8 + 1], a[i], b[2], b[3]);
      }
    }
  }
}

// out += P B, for P in registers as `blocks` x 16 rows of `depth` fp32 numbers (rounded here) and B's tile
// with one depth per row.
template <class Number, int dim, int blocks, int depth, class Gpu>
RINGSIDE_DEVICE void multiply_registers(Gpu& gpu, float (&out)[blocks][dim / 8][4],
                                        const float (&p)[blocks][depth / 8][4], std::uint32_t b_tile) {
  RINGSIDE_UNROLL
  for (int k = 0; k < depth; k += 16) {
    std::uint32_t a[blocks][4];
    RINGSIDE_UNROLL
    for (int i = 0; i < blocks; ++i) RINGSIDE_UNROLL
    for (int r = 0; r < 4; ++r) {
      const float(&tile)[4] = p[i][k / 8 + r / 2];
      a[i][r] = gpu.template pack<Number>(tile[r % 2 * 2], tile[r % 2 * 2 + 1]);
    }
    RINGSIDE_UNROLL
    for (int n = 0; n < dim; n += 16) {
      std::uint32_t b[4];
      load_b_transposed<dim>(gpu, b, b_tile, k, n);
      RINGSIDE_UNROLL
      for (int i = 0; i < blocks; ++i) {
        gpu.template multiply_add<Number>(out[i][n / 8], a[i], b[0], b[1]);
        gpu.template multiply_add<Number>(out[i][n / 8 + 1], a[i], b[2], b[3]);
      }
    }
  }
}

}  // namespace kernels
