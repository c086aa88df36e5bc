// Forward step with TMA and wgmma (sm_90a): K1 to K3 of docs/kernels.md for one tile of query rows.
//
// A block owns 128 query rows of one head.  Warpgroup 0 is the producer: one thread tells TMA to copy tiles
// of 128 keys and their values into two stages.  Warpgroups 1 and 2 own 64 rows each: scores = Q K^T from
// shared memory, softmax in registers, o += P V with P from registers and V read along its columns.  A stage
// is handed over by two barriers, full and empty.  Registers move from the producer to the others.
//
// This is the plain form: products and softmax of one warpgroup follow each other, and only the two
// warpgroups overlap by chance.  Per tile of n keys 4 x 128 x n x dim flop for 4 x n x dim bytes: 128 flop
// per byte of L2 traffic.  Both factors of Q K^T come from shared memory, so the bound is the matrix units;
// at dim 64 the exponential takes as long.
#pragma once

#include "kernels/cuda/sm80_forward.h"
#include "kernels/cuda/tensor_box.h"
#include "kernels/cuda/wgmma_descriptor.h"

namespace kernels {

template <int dim_>
struct Sm90Forward {
  static constexpr int dim = dim_;
  static constexpr int consumers = 2;  // warpgroups
  static constexpr int group_threads = 4 * warp_lanes;
  static constexpr int threads = (1 + consumers) * group_threads;
  static constexpr int group_rows = 64;
  static constexpr int row_tile = consumers * group_rows;
  static constexpr int key_tile = 128;
  static constexpr int blocks = 1;  // of 16 rows, per warp
  static constexpr int stages = 2;
  static constexpr int producer_registers = 40, consumer_registers = 232;
  static_assert(group_threads * (producer_registers + consumers * consumer_registers) <= 65536);

  static constexpr int q_offset = 0;
  static constexpr int k_offset = q_offset + tile_bytes(row_tile, dim);
  static constexpr int v_offset = k_offset + stages * tile_bytes(key_tile, dim);
  static constexpr int spans_offset = v_offset + stages * tile_bytes(key_tile, dim);
  static constexpr int barriers_offset = spans_offset + row_tile * 8;
  static constexpr int shared_bytes = barriers_offset + 8 * (1 + 2 * stages);
  static_assert(shared_bytes <= 227 * 1024, "a block must fit in the shared memory of an H100");
  static_assert(k_offset % swizzle_group_bytes == 0 && v_offset % swizzle_group_bytes == 0);
};

// TensorMap: how TMA is told about q, k and v.
template <class TensorMap>
struct Sm90ForwardArguments {
  TensorMap q, k, v;
  ForwardArguments step;
};

// The tile whose first row is `row`, panel by panel.
template <class Config, int rows, class Gpu, class TensorMap>
RINGSIDE_DEVICE void fetch_tile(Gpu& gpu, const TensorMap& map, std::uint32_t tile, std::uint32_t barrier,
                                int row, int head, int batch) {
  RINGSIDE_UNROLL
  for (int panel = 0; panel < Config::dim / panel_numbers; ++panel)
    gpu.fetch_box(tile + static_cast<std::uint32_t>(panel * rows * panel_row_bytes), map, barrier,
                  panel * panel_numbers, row, head, batch);
}

// Addresses of barriers.
template <class Config>
struct Sm90Barriers {
  std::uint32_t start;

  RINGSIDE_DEVICE std::uint32_t q() const { return start; }
  RINGSIDE_DEVICE std::uint32_t full(int stage) const {
    return start + 8 + static_cast<std::uint32_t>(stage) * 8;
  }
  RINGSIDE_DEVICE std::uint32_t empty(int stage) const { return full(Config::stages + stage); }
};

template <class Config, class Gpu, class TensorMap>
RINGSIDE_DEVICE void sm90_produce(Gpu& gpu, const Sm90ForwardArguments<TensorMap>& a, int first_row,
                                  int first_tile, int last_tile) {
  constexpr int key_bytes = tile_bytes(Config::key_tile, Config::dim);
  const std::uint32_t shared = gpu.shared();
  const Sm90Barriers<Config> barriers = {shared + Config::barriers_offset};
  const int head = gpu.block_y(), batch = gpu.block_z(), key_head = head / a.step.shape.group;
  gpu.barrier_expect(barriers.q(), tile_bytes(Config::row_tile, Config::dim));
  fetch_tile<Config, Config::row_tile>(gpu, a.q, shared + Config::q_offset, barriers.q(), first_row, head,
                                       batch);
  for (int tile = first_tile; tile < last_tile; ++tile) {
    const int turn = tile - first_tile, stage = turn % Config::stages;
    if (turn >= Config::stages) gpu.barrier_wait(barriers.empty(stage), (turn / Config::stages - 1) % 2);
    const auto offset = static_cast<std::uint32_t>(stage * key_bytes);
    gpu.barrier_expect(barriers.full(stage), 2 * key_bytes);
    fetch_tile<Config, Config::key_tile>(gpu, a.k, shared + Config::k_offset + offset, barriers.full(stage),
                                         tile * Config::key_tile, key_head, batch);
    fetch_tile<Config, Config::key_tile>(gpu, a.v, shared + Config::v_offset + offset, barriers.full(stage),
                                         tile * Config::key_tile, key_head, batch);
  }
}

// K2's p of one tile, packed as the left side of P V.
template <class Number, int tiles, class Gpu>
RINGSIDE_DEVICE void pack_probabilities(Gpu& gpu, std::uint32_t (&p)[tiles / 2][4],
                                        const float (&s)[tiles][4]) {
  RINGSIDE_UNROLL
  for (int k = 0; k < tiles / 2; ++k) RINGSIDE_UNROLL
  for (int r = 0; r < 4; ++r)
    p[k][r] = gpu.template pack<Number>(s[k * 2 + r / 2][r % 2 * 2], s[k * 2 + r / 2][r % 2 * 2 + 1]);
}

template <class Number, class Config, class Gpu, class TensorMap>
RINGSIDE_DEVICE void sm90_consume(Gpu& gpu, const Sm90ForwardArguments<TensorMap>& arguments, int first_row,
                                  int last_row, const TileKeys& seen) {
  constexpr int dim = Config::dim, key_tile = Config::key_tile;
  const ForwardArguments& a = arguments.step;
  const std::uint32_t shared = gpu.shared();
  const Sm90Barriers<Config> barriers = {shared + Config::barriers_offset};
  const int head = gpu.block_y(), batch = gpu.block_z();
  const int group_row = (gpu.warp() / 4 - 1) * Config::group_rows;
  const int warp_row = group_row + gpu.warp() % 4 * 16;

  float o[dim / 8][4], m[2], l[2];
  RINGSIDE_UNROLL
  for (int half = 0; half < 2; ++half) {
    const TilePlace at = c_place(gpu.lane(), half * 2);
    const int row = first_row + warp_row + at.row;
    const bool is_there = row < last_row;
    m[half] = is_there ? *number_of(a.running_max, batch, head, row) : minus_infinity;
    l[half] = is_there && gpu.lane() % 4 == 0 ? *number_of(a.running_sum, batch, head, row) : 0.0F;
    const float* carried = fp32_row_of(a.output, batch, head, is_there ? row : first_row) + at.column;
    RINGSIDE_UNROLL
    for (int j = 0; j < dim / 8; ++j) gpu.load_pair(carried + j * 8, o[j][half * 2], o[j][half * 2 + 1]);
  }

  gpu.barrier_wait(barriers.q(), 0);
  const int first_tile = seen.touched.first / key_tile;
  const int last_tile = (seen.touched.last + key_tile - 1) / key_tile;
  for (int tile = first_tile; tile < last_tile; ++tile) {
    const int turn = tile - first_tile, stage = turn % Config::stages;
    const auto offset = static_cast<std::uint32_t>(stage * tile_bytes(key_tile, dim));
    gpu.barrier_wait(barriers.full(stage), turn / Config::stages % 2);

    float s[1][key_tile / 8][4];
    gpu.products_fence();
    RINGSIDE_UNROLL
    for (int k = 0; k < dim; k += 16)
      gpu.template multiply_shared<Number>(
          s[0], along_rows(shared + Config::q_offset, Config::row_tile, group_row, k),
          along_rows(shared + Config::k_offset + offset, key_tile, 0, k), k > 0);
    gpu.products_commit();
    gpu.products_wait(s[0]);

    const int first_key = tile * key_tile;
    if (first_key < seen.common.first || first_key + key_tile > seen.common.last)
      hide_scores<Config>(gpu, s, shared + Config::spans_offset, warp_row, first_key);
    RINGSIDE_UNROLL
    for (int half = 0; half < 2; ++half) {
      float factor = 1;
      softmax_row(gpu, s[0], half, a.scale, m[half], l[half], factor);
      RINGSIDE_UNROLL
      for (int j = 0; j < dim / 8; ++j) RINGSIDE_UNROLL
      for (int e = 0; e < 2; ++e) o[j][half * 2 + e] *= factor;
    }
    std::uint32_t p[key_tile / 16][4];
    pack_probabilities<Number>(gpu, p, s[0]);

    gpu.products_fence();
    RINGSIDE_UNROLL
    for (int k = 0; k < key_tile / 16; ++k)
      gpu.template multiply_registers<Number>(
          o, p[k], along_columns(shared + Config::v_offset + offset, key_tile, k * 16));
    gpu.products_commit();
    gpu.products_wait(o);
    gpu.barrier_arrive(barriers.empty(stage));
  }

  RINGSIDE_UNROLL
  for (int half = 0; half < 2; ++half) {
    float sum = l[half];
    sum += gpu.shuffle_xor(sum, 1);
    sum += gpu.shuffle_xor(sum, 2);
    const TilePlace at = c_place(gpu.lane(), half * 2);
    const int row = first_row + warp_row + at.row;
    if (row >= last_row) continue;
    if (gpu.lane() % 4 == 0) {
      *number_of(a.running_max, batch, head, row) = m[half];
      *number_of(a.running_sum, batch, head, row) = sum;
    }
    float* carried = fp32_row_of(a.output, batch, head, row) + at.column;
    RINGSIDE_UNROLL
    for (int j = 0; j < dim / 8; ++j) gpu.store_pair(carried + j * 8, o[j][half * 2], o[j][half * 2 + 1]);
  }
}

template <class Number, class Config, class Gpu, class TensorMap>
RINGSIDE_DEVICE void sm90_forward(Gpu& gpu, const Sm90ForwardArguments<TensorMap>& arguments) {
  const ForwardArguments& a = arguments.step;
  const int first_row = (gpu.blocks_x() - 1 - gpu.block_x()) * Config::row_tile;
  const int last_row =
      first_row + Config::row_tile < a.shape.rows ? first_row + Config::row_tile : a.shape.rows;
  const TileKeys seen = keys_of_tile(a.position, a.mask, {first_row, last_row}, a.shape.keys);
  if (seen.touched.first >= seen.touched.last) return;  // the same for the whole block

  const std::uint32_t shared = gpu.shared();
  if (gpu.thread() < Config::row_tile) {
    const Span32 keys = first_row + gpu.thread() < last_row
                            ? keys_of_row(a.position, a.mask, first_row + gpu.thread(), a.shape.keys)
                            : Span32{};
    const std::uint32_t at = shared + Config::spans_offset + static_cast<std::uint32_t>(gpu.thread()) * 8;
    gpu.store_int(at, keys.first);
    gpu.store_int(at + 4, keys.last);
  }
  const Sm90Barriers<Config> barriers = {shared + Config::barriers_offset};
  if (gpu.thread() == 0) {
    gpu.barrier_start(barriers.q(), 1);
    for (int stage = 0; stage < Config::stages; ++stage) {
      gpu.barrier_start(barriers.full(stage), 1);
      gpu.barrier_start(barriers.empty(stage), Config::consumers * Config::group_threads);
    }
    gpu.barriers_fence();
  }
  gpu.sync();

  if (gpu.warp() < 4) {
    gpu.template fewer_registers<Config::producer_registers>();
    if (gpu.thread() == 0)
      sm90_produce<Config>(gpu, arguments, first_row, seen.touched.first / Config::key_tile,
                           (seen.touched.last + Config::key_tile - 1) / Config::key_tile);
  } else {
    gpu.template more_registers<Config::consumer_registers>();
    sm90_consume<Number, Config>(gpu, arguments, first_row, last_row, seen);
  }
}

}  // namespace kernels
