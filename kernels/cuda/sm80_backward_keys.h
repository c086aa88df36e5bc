// dK and dV with mma.sync (sm_80 and later): K5, K6 of docs/kernels.md for one tile of keys of one key head.
//
// A block of 4 warps owns 128 keys (dim 64) or 64 (dim 128), their dK and dV in registers.  It walks over the
// query tiles of 32 rows that see them, of all heads of the group, two tiles of Q and dO in flight.  Scores
// are computed the other way round, S^T = K Q^T and dP^T = V dO^T, so that p^T and ds^T are in registers the
// left sides of dV += p^T dO and dK += ds^T Q.  Nothing is added by atomics: same bits in every run.
//
// Four products, 8 x keys x 32 x dim flop for 4 x 32 x dim bytes of Q and dO: 2 x keys = 256 (dim 64) or 128
// (dim 128) flop per byte of L2 traffic.  With one block of 16 keys per warp (dim 128) reading fragments from
// shared memory takes as long as the products; with two (dim 64) half as long.
#pragma once

#include "kernels/cuda/sm80_tile.h"

namespace kernels {

template <int dim_>
struct Sm80BackwardKeys {
  static constexpr int dim = dim_;
  static constexpr int warps = 4;
  static constexpr int threads = warps * warp_lanes;
  static constexpr int blocks = dim == 64 ? 2 : 1;  // of 16 keys, per warp
  static constexpr int key_tile = warps * blocks * 16;
  static constexpr int row_tile = 32;
  static constexpr int stages = 2;

  static constexpr int k_offset = 0;
  static constexpr int v_offset = k_offset + tile_bytes(key_tile, dim);
  static constexpr int q_offset = v_offset + tile_bytes(key_tile, dim);
  static constexpr int d_output_offset = q_offset + stages * tile_bytes(row_tile, dim);
  static constexpr int rows_offset = d_output_offset + stages * tile_bytes(row_tile, dim);
  static constexpr int row_bytes = 16;  // LSE x log2 e, delta, first and last key seen
  static constexpr int shared_bytes = rows_offset + stages * row_tile * row_bytes;
  static_assert(shared_bytes <= 81 * 1024, "two blocks must fit in the 163 KiB of an A100");
};

// What stands beside a query row in shared memory.  An LSE of +inf makes every p of the row 0: that of rows
// that saw no key at all, and of rows behind the last.
template <class Gpu>
RINGSIDE_DEVICE void store_row(Gpu& gpu, std::uint32_t at, const BackwardArguments& a, int batch, int head,
                               int row) {
  const bool is_there = row < a.shape.rows;
  const float lse = is_there ? *number_of(a.lse, batch, head, row) : minus_infinity;
  const Span32 keys = is_there ? keys_of_row(a.position, a.mask, row, a.shape.keys) : Span32{};
  gpu.store_float(at, lse == minus_infinity ? -minus_infinity : lse * log2_e);
  gpu.store_float(at + 4, is_there ? *number_of(a.delta, batch, head, row) : 0.0F);
  gpu.store_int(at + 8, keys.first);
  gpu.store_int(at + 12, keys.last);
}

// K5 in the transposed order: rows of s and dp are keys, columns are query rows.
template <class Config, class Gpu>
RINGSIDE_DEVICE void gradients_of_scores(Gpu& gpu, float (&s)[Config::blocks][Config::row_tile / 8][4],
                                         float (&dp)[Config::blocks][Config::row_tile / 8][4],
                                         std::uint32_t rows, float scale_log2, int first_key) {
  RINGSIDE_UNROLL
  for (int j = 0; j < Config::row_tile / 8; ++j) RINGSIDE_UNROLL
  for (int e = 0; e < 2; ++e) {
    const TilePlace at = c_place(gpu.lane(), e);
    const std::uint32_t row = rows + static_cast<std::uint32_t>((j * 8 + at.column) * Config::row_bytes);
    const float lse_log2 = gpu.load_float(row), delta = gpu.load_float(row + 4);
    const int first = gpu.load_int(row + 8), last = gpu.load_int(row + 12);
    RINGSIDE_UNROLL
    for (int i = 0; i < Config::blocks; ++i) RINGSIDE_UNROLL
    for (int half = 0; half < 2; ++half) {
      const int key = first_key + i * 16 + at.row + half * 8;
      float& p = s[i][j][half * 2 + e];
      float& ds = dp[i][j][half * 2 + e];
      p = key >= first && key < last ? gpu.exp2(p * scale_log2 - lse_log2) : 0.0F;
      ds = p * (ds - delta);
    }
  }
}

// Adds factor x sum to the fp32 rows of a gradient.
template <int dim, int blocks, class Gpu>
RINGSIDE_DEVICE void add_gradient(Gpu& gpu, const DeviceTensor& gradient,
                                  const float (&sum)[blocks][dim / 8][4], float factor, int batch, int head,
                                  int first_row, int limit) {
  RINGSIDE_UNROLL
  for (int i = 0; i < blocks; ++i) RINGSIDE_UNROLL
  for (int half = 0; half < 2; ++half) {
    const TilePlace at = c_place(gpu.lane(), half * 2);
    const int row = first_row + i * 16 + at.row;
    if (row >= limit) continue;
    float* to = fp32_row_of(gradient, batch, head, row) + at.column;
    RINGSIDE_UNROLL
    for (int j = 0; j < dim / 8; ++j) {
      float x = 0, y = 0;
      gpu.load_pair(to + j * 8, x, y);
      gpu.store_pair(to + j * 8, x + factor * sum[i][j][half * 2], y + factor * sum[i][j][half * 2 + 1]);
    }
  }
}

template <int dim, int blocks>
RINGSIDE_DEVICE void clear(float (&sum)[blocks][dim / 8][4]) {
  RINGSIDE_UNROLL
  for (int i = 0; i < blocks; ++i) RINGSIDE_UNROLL
  for (int j = 0; j < dim / 8; ++j) RINGSIDE_UNROLL
  for (float& x : sum[i][j]) x = 0;
}

template <class Number, class Config, class Gpu>
RINGSIDE_DEVICE void sm80_backward_keys(Gpu& gpu, const BackwardArguments& a) {
  constexpr int dim = Config::dim, blocks = Config::blocks, row_tile = Config::row_tile;
  const int first_key = gpu.block_x() * Config::key_tile;
  const int key_head = gpu.block_y(), batch = gpu.block_z();
  const int last_key =
      first_key + Config::key_tile < a.shape.keys ? first_key + Config::key_tile : a.shape.keys;
  const Span32 rows = rows_of_keys(a.position, a.mask, {first_key, last_key}, a.shape.rows);
  if (rows.first >= rows.last) return;  // the same for the whole block
  const int first_tile = rows.first / row_tile;
  const int tiles = (rows.last + row_tile - 1) / row_tile - first_tile;  // of each head

  const std::uint32_t shared = gpu.shared();
  const auto stage_of = [](int item) { return static_cast<std::uint32_t>(item % Config::stages); };
  const auto copy_rows = [&](int item) {
    const int head = key_head * a.shape.group + item / tiles;
    const int first_row = (first_tile + item % tiles) * row_tile;
    const std::uint32_t offset = stage_of(item) * tile_bytes(row_tile, dim);
    copy_tile<row_tile, dim, Config::threads>(gpu, shared + Config::q_offset + offset,
                                              head_of(a.q, batch, head), a.q.row_stride, first_row,
                                              a.shape.rows);
    copy_tile<row_tile, dim, Config::threads>(gpu, shared + Config::d_output_offset + offset,
                                              head_of(a.d_output, batch, head), a.d_output.row_stride,
                                              first_row, a.shape.rows);
    if (gpu.thread() < row_tile)
      store_row(
          gpu,
          shared + Config::rows_offset +
              (stage_of(item) * row_tile + static_cast<std::uint32_t>(gpu.thread())) * Config::row_bytes,
          a, batch, head, first_row + gpu.thread());
  };
  copy_tile<Config::key_tile, dim, Config::threads>(
      gpu, shared + Config::k_offset, head_of(a.k, batch, key_head), a.k.row_stride, first_key, last_key);
  copy_tile<Config::key_tile, dim, Config::threads>(
      gpu, shared + Config::v_offset, head_of(a.v, batch, key_head), a.v.row_stride, first_key, last_key);
  copy_rows(0);
  gpu.copy_commit();

  const int warp_key = gpu.warp() * blocks * 16;
  float dk[blocks][dim / 8][4], dv[blocks][dim / 8][4];
  clear<dim>(dk);
  clear<dim>(dv);
  const int items = tiles * a.shape.group;
  for (int item = 0; item < items; ++item) {
    if (item + 1 < items) copy_rows(item + 1);
    gpu.copy_commit();
    gpu.template copy_wait<1>();
    gpu.sync();
    const std::uint32_t offset = stage_of(item) * tile_bytes(row_tile, dim);
    const std::uint32_t q = shared + Config::q_offset + offset;
    const std::uint32_t d_output = shared + Config::d_output_offset + offset;
    float p[blocks][row_tile / 8][4], ds[blocks][row_tile / 8][4];
    multiply_tiles<Number, dim, blocks, row_tile>(gpu, p, shared + Config::k_offset, warp_key, q);
    multiply_tiles<Number, dim, blocks, row_tile>(gpu, ds, shared + Config::v_offset, warp_key, d_output);
    gradients_of_scores<Config>(gpu, p, ds,
                                shared + Config::rows_offset + stage_of(item) * row_tile * Config::row_bytes,
                                a.scale * log2_e, first_key + warp_key);
    multiply_registers<Number, dim, blocks, row_tile>(gpu, dv, p, d_output);
    multiply_registers<Number, dim, blocks, row_tile>(gpu, dk, ds, q);
    gpu.sync();  // before the next copy overwrites this stage
  }
  add_gradient<dim>(gpu, a.dk, dk, a.scale, batch, key_head, first_key + warp_key, last_key);
  add_gradient<dim>(gpu, a.dv, dv, 1.0F, batch, key_head, first_key + warp_key, last_key);
}

}  // namespace kernels
