// Forward step with mma.sync (sm_80 and later): K1 to K3 of docs/kernels.md for one tile of query rows.
//
// A block of 4 warps owns 128 query rows of one head: each warp 32 rows, their o, m, l in registers, so that
// a fragment of K or V read from shared memory serves two products.  It walks over the tiles of keys that its
// rows see, 64 keys (dim 64) or 32 (dim 128), two tiles of K and V in flight: one being copied (cp.async),
// one in use.  scores = Q K^T stay in registers and become, rounded, the left side of P V.
//
// Per tile of n keys a block does 4 x 128 x n x dim flop and reads 4 x n x dim bytes of K and V: 128 flop per
// byte of L2 traffic.  Shared memory: each warp reads the whole tile, 1/32 byte per flop, half of what the
// matrix units of an A100 could take; so the bound is the matrix units, then the exponential (dim 64).
#pragma once

#include "kernels/cuda/sm80_tile.h"

namespace kernels {

template <int dim_>
struct Sm80Forward {
  static constexpr int dim = dim_;
  static constexpr int warps = 4;
  static constexpr int threads = warps * warp_lanes;
  static constexpr int blocks = 2;  // of 16 rows, per warp
  static constexpr int row_tile = warps * blocks * 16;
  static constexpr int key_tile = dim == 64 ? 64 : 32;
  static constexpr int stages = 2;

  static constexpr int q_offset = 0;
  static constexpr int k_offset = q_offset + tile_bytes(row_tile, dim);
  static constexpr int v_offset = k_offset + stages * tile_bytes(key_tile, dim);
  static constexpr int spans_offset = v_offset + stages * tile_bytes(key_tile, dim);
  static constexpr int shared_bytes = spans_offset + row_tile * 8;
  static_assert(shared_bytes <= 81 * 1024, "two blocks must fit in the 163 KiB of an A100");
};

// The score of a row and a key that do not see each other becomes -inf.
template <class Config, class Gpu>
RINGSIDE_DEVICE void hide_scores(Gpu& gpu, float (&s)[Config::blocks][Config::key_tile / 8][4],
                                 std::uint32_t spans, int warp_row, int first_key) {
  RINGSIDE_UNROLL
  for (int i = 0; i < Config::blocks; ++i) RINGSIDE_UNROLL
  for (int half = 0; half < 2; ++half) {
    const TilePlace at = c_place(gpu.lane(), half * 2);
    const auto row = static_cast<std::uint32_t>(warp_row + i * 16 + at.row);
    const int first = gpu.load_int(spans + row * 8) - first_key - at.column;
    const int last = gpu.load_int(spans + row * 8 + 4) - first_key - at.column;
    RINGSIDE_UNROLL
    for (int j = 0; j < Config::key_tile / 8; ++j) RINGSIDE_UNROLL
    for (int e = 0; e < 2; ++e)
      if (j * 8 + e < first || j * 8 + e >= last) s[i][j][half * 2 + e] = minus_infinity;
  }
}

// K1, K2: moves m and l on and turns scores into p.  l holds this lane's part of the sum.  Returns exp(m -
// m') in `factor`.
template <int tiles, class Gpu>
RINGSIDE_DEVICE void softmax_row(Gpu& gpu, float (&s)[tiles][4], int half, float scale, float& m, float& l,
                                 float& factor) {
  float best = minus_infinity;
  RINGSIDE_UNROLL
  for (int j = 0; j < tiles; ++j) RINGSIDE_UNROLL
  for (int e = 0; e < 2; ++e) best = gpu.larger(best, s[j][half * 2 + e]);
  best = gpu.larger(best, gpu.shuffle_xor(best, 1));
  best = gpu.larger(best, gpu.shuffle_xor(best, 2));
  const float after = gpu.larger(m, best * scale);
  const float base = after == minus_infinity ? 0.0F : after;  // -inf - -inf would be NaN
  factor = gpu.exp2((m - base) * log2_e);                     // exactly 1 when m stays
  const float scale_log2 = scale * log2_e, base_log2 = base * log2_e;
  float sum = 0;
  RINGSIDE_UNROLL
  for (int j = 0; j < tiles; ++j) RINGSIDE_UNROLL
  for (int e = 0; e < 2; ++e) {
    float& x = s[j][half * 2 + e];
    x = gpu.exp2(x * scale_log2 - base_log2);
    sum += x;
  }
  l = l * factor + sum;
  m = after;
}

template <class Number, class Config, class Gpu>
RINGSIDE_DEVICE void sm80_forward(Gpu& gpu, const ForwardArguments& a) {
  constexpr int dim = Config::dim, blocks = Config::blocks, key_tile = Config::key_tile;
  // The last rows first: under a causal mask they see the most keys.
  const int first_row = (gpu.blocks_x() - 1 - gpu.block_x()) * Config::row_tile;
  const int head = gpu.block_y(), batch = gpu.block_z(), key_head = head / a.shape.group;
  const int last_row =
      first_row + Config::row_tile < a.shape.rows ? first_row + Config::row_tile : a.shape.rows;
  const TileKeys seen = keys_of_tile(a.position, a.mask, {first_row, last_row}, a.shape.keys);
  if (seen.touched.first >= seen.touched.last) return;  // the same for the whole block

  const std::uint32_t shared = gpu.shared();
  const std::uint32_t spans = shared + Config::spans_offset;
  {
    const Span32 keys = first_row + gpu.thread() < last_row
                            ? keys_of_row(a.position, a.mask, first_row + gpu.thread(), a.shape.keys)
                            : Span32{};
    static_assert(Config::threads == Config::row_tile, "one row's span per thread");
    gpu.store_int(spans + static_cast<std::uint32_t>(gpu.thread()) * 8, keys.first);
    gpu.store_int(spans + static_cast<std::uint32_t>(gpu.thread()) * 8 + 4, keys.last);
  }

  const int warp_row = gpu.warp() * blocks * 16;
  float o[blocks][dim / 8][4], m[blocks][2], l[blocks][2];
  RINGSIDE_UNROLL
  for (int i = 0; i < blocks; ++i) RINGSIDE_UNROLL
  for (int half = 0; half < 2; ++half) {
    const TilePlace at = c_place(gpu.lane(), half * 2);
    const int row = first_row + warp_row + i * 16 + at.row;
    const bool is_there = row < last_row;
    m[i][half] = is_there ? *number_of(a.running_max, batch, head, row) : minus_infinity;
    l[i][half] = is_there && gpu.lane() % 4 == 0 ? *number_of(a.running_sum, batch, head, row) : 0.0F;
    const float* carried = fp32_row_of(a.output, batch, head, is_there ? row : first_row) + at.column;
    RINGSIDE_UNROLL
    for (int j = 0; j < dim / 8; ++j)
      gpu.load_pair(carried + j * 8, o[i][j][half * 2], o[i][j][half * 2 + 1]);
  }

  const char* k_head = head_of(a.k, batch, key_head);
  const char* v_head = head_of(a.v, batch, key_head);
  const auto copy_keys = [&](int tile) {
    const auto stage = static_cast<std::uint32_t>(tile % Config::stages * tile_bytes(key_tile, dim));
    copy_tile<key_tile, dim, Config::threads>(gpu, shared + Config::k_offset + stage, k_head, a.k.row_stride,
                                              tile * key_tile, a.shape.keys);
    copy_tile<key_tile, dim, Config::threads>(gpu, shared + Config::v_offset + stage, v_head, a.v.row_stride,
                                              tile * key_tile, a.shape.keys);
  };
  const int first_tile = seen.touched.first / key_tile;
  const int last_tile = (seen.touched.last + key_tile - 1) / key_tile;
  copy_tile<Config::row_tile, dim, Config::threads>(gpu, shared + Config::q_offset, head_of(a.q, batch, head),
                                                    a.q.row_stride, first_row, last_row);
  copy_keys(first_tile);
  gpu.copy_commit();

  for (int tile = first_tile; tile < last_tile; ++tile) {
    if (tile + 1 < last_tile) copy_keys(tile + 1);
    gpu.copy_commit();
    gpu.template copy_wait<1>();
    gpu.sync();
    const auto stage = static_cast<std::uint32_t>(tile % Config::stages * tile_bytes(key_tile, dim));
    float s[blocks][key_tile / 8][4];
    multiply_tiles<Number, dim, blocks, key_tile>(gpu, s, shared + Config::q_offset, warp_row,
                                                  shared + Config::k_offset + stage);
    const int first_key = tile * key_tile;
    if (first_key < seen.common.first || first_key + key_tile > seen.common.last)
      hide_scores<Config>(gpu, s, spans, warp_row, first_key);
    RINGSIDE_UNROLL
    for (int i = 0; i < blocks; ++i) {
      float factor[2];
      RINGSIDE_UNROLL
      for (int half = 0; half < 2; ++half)
        softmax_row(gpu, s[i], half, a.scale, m[i][half], l[i][half], factor[half]);
      if (!gpu.any(factor[0] != 1.0F || factor[1] != 1.0F)) continue;
      RINGSIDE_UNROLL
      for (int j = 0; j < dim / 8; ++j) RINGSIDE_UNROLL
      for (int e = 0; e < 4; ++e) o[i][j][e] *= factor[e / 2];
    }
    multiply_registers<Number, dim, blocks, key_tile>(gpu, o, s, shared + Config::v_offset + stage);
    gpu.sync();  // before the next copy overwrites this stage
  }

  RINGSIDE_UNROLL
  for (int i = 0; i < blocks; ++i) RINGSIDE_UNROLL
  for (int half = 0; half < 2; ++half) {
    float sum = l[i][half];
    sum += gpu.shuffle_xor(sum, 1);
    sum += gpu.shuffle_xor(sum, 2);
    const TilePlace at = c_place(gpu.lane(), half * 2);
    const int row = first_row + warp_row + i * 16 + at.row;
    if (row >= last_row) continue;
    if (gpu.lane() % 4 == 0) {
      *number_of(a.running_max, batch, head, row) = m[i][half];
      *number_of(a.running_sum, batch, head, row) = sum;
    }
    float* carried = fp32_row_of(a.output, batch, head, row) + at.column;
    RINGSIDE_UNROLL
    for (int j = 0; j < dim / 8; ++j)
      gpu.store_pair(carried + j * 8, o[i][j][half * 2], o[i][j][half * 2 + 1]);
  }
}

}  // namespace kernels
