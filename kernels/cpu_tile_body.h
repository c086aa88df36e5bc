// The inner loops of the cpu backend, written once for any vector type V.
//
// V has lanes, Vec, and static functions zero, set, load, store, load_fp16, load_bf16, add, mul, fma (a b +
// c), max (the second operand when one is NaN), reduce_add, reduce_max, scale_by_power (p 2^n, n in the low
// bits of t), zero_below (value where x >= limit or x is NaN, else 0); and row_block x column_vectors
// accumulators fit its registers.  V lives in an unnamed namespace, so that nothing here is shared between
// translation units.
#pragma once

#include <cstdint>

#include "kernels/cpu_tile.h"

// The sums of a block stay in registers only when its small loops are unrolled before registers are assigned.
#if defined(__clang__)
#define RINGSIDE_UNROLL _Pragma("clang loop unroll(full)")
#else
#define RINGSIDE_UNROLL _Pragma("GCC unroll 8")
#endif

namespace kernels {

constexpr float minus_infinity = -__builtin_huge_valf();

// exp(x) for x <= 88, 0 below -87.3; relative error below 1e-7.
// x = n ln 2 + r with |r| <= ln 2 / 2; exp(r) = 1 + r + r^2 (c0 + c1 r + ... + c4 r^4).  The coefficients
// interpolate (exp(r) - 1 - r) / r^2 at the Chebyshev nodes of the interval: error 1e-8.
template <class V>
[[gnu::always_inline]] inline typename V::Vec tile_exp(typename V::Vec x) {
  using Vec = typename V::Vec;
  constexpr float lowest = -87.33F;  // exp of it is just above the smallest normal number
  constexpr float round_to_int =
      12582912.F;  // 1.5 x 2^23: adding it leaves the nearest integer in the low bits
  const Vec bounded = V::max(V::set(lowest), x);
  const Vec t = V::fma(bounded, V::set(1.44269504F), V::set(round_to_int));
  const Vec n = V::add(t, V::set(-round_to_int));
  Vec r = V::fma(n, V::set(-0.693359375F), bounded);  // ln 2 in two parts, the first exact in n x part
  r = V::fma(n, V::set(2.12194440e-4F), r);
  Vec p = V::fma(V::set(0.001392617612F), r, V::set(0.008363173075F));
  p = V::fma(p, r, V::set(0.04166655466F));
  p = V::fma(p, r, V::set(0.1666657703F));
  p = V::fma(p, r, V::set(0.5F));
  p = V::fma(p, V::mul(r, r), r);
  p = V::add(p, V::set(1.0F));
  return V::zero_below(x, lowest, V::scale_by_power(p, t));
}

// ROWS x (VECTORS lanes) of c, accumulated in registers over the whole depth.
template <class V, int ROWS, int VECTORS>
[[gnu::always_inline]] inline void multiply_block(const TileProduct& t, std::int64_t row,
                                                  std::int64_t column) {
  using Vec = typename V::Vec;
  Vec sum[ROWS][VECTORS];
  RINGSIDE_UNROLL
  for (int i = 0; i < ROWS; ++i) {
    RINGSIDE_UNROLL
    for (int j = 0; j < VECTORS; ++j) sum[i][j] = V::zero();
  }
  const float* a = t.a + row * t.a_row_stride;
  const float* b = t.b + column;
  for (std::int64_t k = 0; k < t.depth; ++k) {
    Vec right[VECTORS];
    RINGSIDE_UNROLL
    for (int j = 0; j < VECTORS; ++j) right[j] = V::load(b + j * V::lanes);
    RINGSIDE_UNROLL
    for (int i = 0; i < ROWS; ++i) {
      const Vec left = V::set(a[i * t.a_row_stride]);
      RINGSIDE_UNROLL
      for (int j = 0; j < VECTORS; ++j) sum[i][j] = V::fma(left, right[j], sum[i][j]);
    }
    a += t.a_depth_stride;
    b += t.b_stride;
  }
  float* c = t.c + row * t.c_stride + column;
  RINGSIDE_UNROLL
  for (int i = 0; i < ROWS; ++i) {
    RINGSIDE_UNROLL
    for (int j = 0; j < VECTORS; ++j) {
      float* place = c + i * t.c_stride + j * V::lanes;
      V::store(place, t.add ? V::add(V::load(place), sum[i][j]) : sum[i][j]);
    }
  }
}

template <class V, int VECTORS>
inline void multiply_columns(const TileProduct& t, std::int64_t column) {
  std::int64_t row = 0;
  for (; row + V::row_block <= t.rows; row += V::row_block)
    multiply_block<V, V::row_block, VECTORS>(t, row, column);
  if (row + 4 <= t.rows) {
    multiply_block<V, 4, VECTORS>(t, row, column);
    row += 4;
  }
  if (row + 2 <= t.rows) {
    multiply_block<V, 2, VECTORS>(t, row, column);
    row += 2;
  }
  if (row < t.rows) multiply_block<V, 1, VECTORS>(t, row, column);
}

template <class V>
void multiply(const TileProduct& t) {
  std::int64_t column = 0;
  constexpr int widest = V::column_vectors;
  for (; column + widest * V::lanes <= t.columns; column += widest * V::lanes)
    multiply_columns<V, widest>(t, column);
  if constexpr (widest > 2)
    if (column + 2 * V::lanes <= t.columns) {
      multiply_columns<V, 2>(t, column);
      column += 2 * V::lanes;
    }
  for (; column < t.columns; column += V::lanes) multiply_columns<V, 1>(t, column);
}

template <class V>
void softmax(const TileSoftmax& t) {
  using Vec = typename V::Vec;
  for (std::int64_t row = 0; row < t.rows; ++row) {
    float* scores = t.scores + row * t.scores_stride;
    Vec largest = V::set(minus_infinity);
    for (std::int64_t c = 0; c < t.columns; c += V::lanes) largest = V::max(largest, V::load(scores + c));
    const float before = t.running_max[row];
    const float here = V::reduce_max(largest) * t.scale;
    const float after = before >= here ? before : here;
    if (after == minus_infinity) {  // the row has seen no key yet: -inf - -inf would be NaN
      for (std::int64_t c = 0; c < t.columns; c += V::lanes) V::store(scores + c, V::zero());
      continue;
    }
    Vec sum = V::zero();
    const Vec scale = V::set(t.scale);
    const Vec shift = V::set(-after);
    for (std::int64_t c = 0; c < t.columns; c += V::lanes) {
      const Vec p = tile_exp<V>(V::fma(V::load(scores + c), scale, shift));
      V::store(scores + c, p);
      sum = V::add(sum, p);
    }
    float carried = t.running_sum[row];
    if (before != after) {
      const Vec factor = tile_exp<V>(V::set(before - after));
      float* output = t.output + row * t.dim;
      for (std::int64_t c = 0; c < t.dim; c += V::lanes)
        V::store(output + c, V::mul(V::load(output + c), factor));
      carried *= V::first(factor);
    }
    t.running_max[row] = after;
    t.running_sum[row] = carried + V::reduce_add(sum);
  }
}

template <class V>
void gradient(const TileGradient& t) {
  using Vec = typename V::Vec;
  for (std::int64_t row = 0; row < t.rows; ++row) {
    float* scores = t.scores + row * t.stride;
    float* products = t.products + row * t.stride;
    if (t.lse[row] == minus_infinity) {  // the row saw no key at all
      for (std::int64_t c = 0; c < t.columns; c += V::lanes) {
        V::store(scores + c, V::zero());
        V::store(products + c, V::zero());
      }
      continue;
    }
    const Vec scale = V::set(t.scale);
    const Vec minus_lse = V::set(-t.lse[row]);
    const Vec minus_delta = V::set(-t.delta[row]);
    for (std::int64_t c = 0; c < t.columns; c += V::lanes) {
      const Vec p = tile_exp<V>(V::fma(V::load(scores + c), scale, minus_lse));
      V::store(scores + c, p);
      const Vec ds = V::mul(p, V::add(V::load(products + c), minus_delta));
      V::store(products + c, V::mul(ds, scale));
    }
  }
}

template <class V>
void load_fp32(const void* from, std::int64_t count, float* to) {
  const auto* source = static_cast<const float*>(from);
  for (std::int64_t i = 0; i < count; i += V::lanes) V::store(to + i, V::load(source + i));
}

template <class V>
void load_fp16(const void* from, std::int64_t count, float* to) {
  const auto* source = static_cast<const std::uint16_t*>(from);
  for (std::int64_t i = 0; i < count; i += V::lanes) V::store(to + i, V::load_fp16(source + i));
}

template <class V>
void load_bf16(const void* from, std::int64_t count, float* to) {
  const auto* source = static_cast<const std::uint16_t*>(from);
  for (std::int64_t i = 0; i < count; i += V::lanes) V::store(to + i, V::load_bf16(source + i));
}

// Squares of 4 x 4 numbers, transposed in registers.
template <class V>
void transpose(const float* from, std::int64_t rows, std::int64_t dim, float* to, std::int64_t to_stride) {
  // NOLINTNEXTLINE(modernize-use-using): `using` would lose aligned(4)
  typedef float Four __attribute__((vector_size(16), aligned(4), may_alias));
  const auto at = [](const float* p) { return *reinterpret_cast<const Four*>(p); };
  const auto put = [](float* p, Four value) { *reinterpret_cast<Four*>(p) = value; };
  std::int64_t row = 0;
  for (; row + 4 <= rows; row += 4)
    for (std::int64_t d = 0; d < dim; d += 4) {
      const float* square = from + row * dim + d;
      const Four a = at(square), b = at(square + dim), c = at(square + 2 * dim), e = at(square + 3 * dim);
      const Four ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
      const Four ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
      const Four ce_low = __builtin_shufflevector(c, e, 0, 4, 1, 5);
      const Four ce_high = __builtin_shufflevector(c, e, 2, 6, 3, 7);
      float* target = to + d * to_stride + row;
      put(target, __builtin_shufflevector(ab_low, ce_low, 0, 1, 4, 5));
      put(target + to_stride, __builtin_shufflevector(ab_low, ce_low, 2, 3, 6, 7));
      put(target + 2 * to_stride, __builtin_shufflevector(ab_high, ce_high, 0, 1, 4, 5));
      put(target + 3 * to_stride, __builtin_shufflevector(ab_high, ce_high, 2, 3, 6, 7));
    }
  for (; row < rows; ++row)
    for (std::int64_t d = 0; d < dim; ++d) to[d * to_stride + row] = from[row * dim + d];
}

constexpr int fma_loop_chains = 12;  // enough independent chains to hide the latency of any current core

template <class V>
float fma_loop(std::int64_t rounds) {
  using Vec = typename V::Vec;
  Vec chain[fma_loop_chains];
  for (int i = 0; i < fma_loop_chains; ++i) chain[i] = V::set(static_cast<float>(i) * 1e-3F);
  Vec factor = V::set(0.999999F);
  Vec term = V::set(1e-7F);
  for (std::int64_t round = 0; round < rounds; ++round) {
    V::hide(factor);  // the compiler must not see that these stay the same
    V::hide(term);
    for (Vec& x : chain) x = V::fma(x, factor, term);
  }
  Vec sum = V::zero();
  for (const Vec& x : chain) sum = V::add(sum, x);
  return V::reduce_add(sum);
}

template <class V>
constexpr TileKernels tile_kernels(const char* name) {
  TileKernels table;
  table.name = name;
  table.lanes = V::lanes;
  table.multiply = multiply<V>;
  table.softmax = softmax<V>;
  table.gradient = gradient<V>;
  table.load_fp32 = load_fp32<V>;
  table.load_fp16 = load_fp16<V>;
  table.load_bf16 = load_bf16<V>;
  table.transpose = transpose<V>;
  table.fma_loop = fma_loop<V>;
  table.fma_loop_flop_per_round = 2.0 * fma_loop_chains * V::lanes;
  return table;
}

}  // namespace kernels

#undef RINGSIDE_UNROLL
