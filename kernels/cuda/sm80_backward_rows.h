// dQ with mma.sync (sm_80 and later): K5, K6 of docs/kernels.md for one tile of query rows of one head.
//
// A block of 4 warps owns 128 query rows (dim 64) or 64 (dim 128), their dQ in registers, and walks over the
// tiles of 32 keys that they see, two tiles of K and V in flight.  It computes scores and dP a second time
// (sm80_backward_keys.h does it too): two kernels with 7 products where one with atomics would do 5, and in
// return every sum has one order.
//
// Three products, 6 x rows x 32 x dim flop for 4 x 32 x dim bytes of K and V: 1.5 x rows = 192 (dim 64) or 96
// (dim 128) flop per byte of L2 traffic.  Bounds as for dK and dV.
#pragma once

#include "kernels/cuda/sm80_backward_keys.h"

namespace kernels {

template <int dim_>
struct Sm80BackwardRows {
  static constexpr int dim = dim_;
  static constexpr int warps = 4;
  static constexpr int threads = warps * warp_lanes;
  static constexpr int blocks = dim == 64 ? 2 : 1;  // of 16 rows, per warp
  static constexpr int row_tile = warps * blocks * 16;
  static constexpr int key_tile = 32;
  static constexpr int stages = 2;

  static constexpr int q_offset = 0;
  static constexpr int d_output_offset = q_offset + tile_bytes(row_tile, dim);
  static constexpr int k_offset = d_output_offset + tile_bytes(row_tile, dim);
  static constexpr int v_offset = k_offset + stages * tile_bytes(key_tile, dim);
  static constexpr int rows_offset = v_offset + stages * tile_bytes(key_tile, dim);
  static constexpr int row_bytes = 16;
  static constexpr int shared_bytes = rows_offset + row_tile * row_bytes;
  static_assert(shared_bytes <= 81 * 1024, "two blocks must fit in the 163 KiB of an A100");
};

template <class Number, class Config, class Gpu>
RINGSIDE_DEVICE void sm80_backward_rows(Gpu& gpu, const BackwardArguments& a) {
  constexpr int dim = Config::dim, blocks = Config::blocks, key_tile = Config::key_tile;
  const int first_row = (gpu.blocks_x() - 1 - gpu.block_x()) * Config::row_tile;
  const int head = gpu.block_y(), batch = gpu.block_z(), key_head = head / a.shape.group;
  const int last_row =
      first_row + Config::row_tile < a.shape.rows ? first_row + Config::row_tile : a.shape.rows;
  const Span32 touched = keys_of_tile(a.position, a.mask, {first_row, last_row}, a.shape.keys).touched;
  if (touched.first >= touched.last) return;  // the same for the whole block

  const std::uint32_t shared = gpu.shared();
  const char* k_head = head_of(a.k, batch, key_head);
  const char* v_head = head_of(a.v, batch, key_head);
  const auto offset_of = [](int tile) {
    return static_cast<std::uint32_t>(tile % Config::stages * tile_bytes(key_tile, dim));
  };
  const auto copy_keys = [&](int tile) {
    copy_tile<key_tile, dim, Config::threads>(gpu, shared + Config::k_offset + offset_of(tile), k_head,
                                              a.k.row_stride, tile * key_tile, a.shape.keys);
    copy_tile<key_tile, dim, Config::threads>(gpu, shared + Config::v_offset + offset_of(tile), v_head,
                                              a.v.row_stride, tile * key_tile, a.shape.keys);
  };
  const int first_tile = touched.first / key_tile;
  const int last_tile = (touched.last + key_tile - 1) / key_tile;
  copy_tile<Config::row_tile, dim, Config::threads>(gpu, shared + Config::q_offset, head_of(a.q, batch, head),
                                                    a.q.row_stride, first_row, last_row);
  copy_tile<Config::row_tile, dim, Config::threads>(gpu, shared + Config::d_output_offset,
                                                    head_of(a.d_output, batch, head), a.d_output.row_stride,
                                                    first_row, last_row);
  copy_keys(first_tile);
  gpu.copy_commit();
  if (gpu.thread() < Config::row_tile)
    store_row(gpu,
              shared + Config::rows_offset + static_cast<std::uint32_t>(gpu.thread()) * Config::row_bytes, a,
              batch, head, first_row + gpu.thread());

  const int warp_row = gpu.warp() * blocks * 16;
  const float scale_log2 = a.scale * log2_e;
  float dq[blocks][dim / 8][4];
  clear<dim>(dq);
  for (int tile = first_tile; tile < last_tile; ++tile) {
    if (tile + 1 < last_tile) copy_keys(tile + 1);
    gpu.copy_commit();
    gpu.template copy_wait<1>();
    gpu.sync();
    float p[blocks][key_tile / 8][4], ds[blocks][key_tile / 8][4];
    multiply_tiles<Number, dim, blocks, key_tile>(gpu, p, shared + Config::q_offset, warp_row,
                                                  shared + Config::k_offset + offset_of(tile));
    multiply_tiles<Number, dim, blocks, key_tile>(gpu, ds, shared + Config::d_output_offset, warp_row,
                                                  shared + Config::v_offset + offset_of(tile));
    RINGSIDE_UNROLL
    for (int i = 0; i < blocks; ++i) RINGSIDE_UNROLL
    for (int half = 0; half < 2; ++half) {
      const TilePlace at = c_place(gpu.lane(), half * 2);
      const std::uint32_t row = shared + Config::rows_offset +
                                static_cast<std::uint32_t>((warp_row + i * 16 + at.row) * Config::row_bytes);
      const float lse_log2 = gpu.load_float(row), delta = gpu.load_float(row + 4);
      const int first = gpu.load_int(row + 8) - tile * key_tile - at.column;
      const int last = gpu.load_int(row + 12) - tile * key_tile - at.column;
      RINGSIDE_UNROLL
      for (int j = 0; j < key_tile / 8; ++j) RINGSIDE_UNROLL
      for (int e = 0; e < 2; ++e) {
        float& x = p[i][j][half * 2 + e];
        float& d = ds[i][j][half * 2 + e];
        x = j * 8 + e >= first && j * 8 + e < last ? gpu.exp2(x * scale_log2 - lse_log2) : 0.0F;
        d = x * (d - delta);
      }
    }
    multiply_registers<Number, dim, blocks, key_tile>(gpu, dq, ds,
                                                      shared + Config::k_offset + offset_of(tile));
    gpu.sync();  // before the next copy overwrites this stage
  }
  add_gradient<dim>(gpu, a.dq, dq, a.scale, batch, head, first_row + warp_row, last_row);
}

}  // namespace kernels
