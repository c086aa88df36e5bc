// Which tiles of the score matrix the mask leaves: keys_seen of position_rule.h for the device, and for
// tiles.
//
// Positions are 64-bit, rows and keys of one block fit in 32.  The two ends of what a row sees never move
// backwards from row to row, so the first and the last row of a tile say everything about it.
#pragma once

#include <cstdint>

#include "kernels/cuda/host_device.h"
#include "kernels/position_rule.h"

namespace kernels {

// first <= i < last; empty when first >= last.
struct Span32 {
  int first = 0;
  int last = 0;
};

RINGSIDE_DEVICE constexpr std::int64_t floor_divided(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

RINGSIDE_DEVICE constexpr int clamped(std::int64_t x, int limit) {
  return x < 0 ? 0 : (x > limit ? limit : static_cast<int>(x));
}

// The keys, out of `keys`, that query row `row` sees.
RINGSIDE_DEVICE constexpr Span32 keys_of_row(const PositionRule& at, const Mask& mask, int row, int keys) {
  if (mask.kind == MaskKind::full) return {0, keys};
  const std::int64_t p = at.q0 + row * at.q_stride - at.k0;
  return {mask.kind == MaskKind::sliding ? clamped(floor_divided(p - mask.window, at.k_stride) + 1, keys) : 0,
          clamped(floor_divided(p, at.k_stride) + 1, keys)};
}

// The query rows, out of `rows`, that see a key of keys.first ... keys.last - 1 or, when rows lie further
// apart than the window is wide, might.
RINGSIDE_DEVICE constexpr Span32 rows_of_keys(const PositionRule& at, const Mask& mask, Span32 keys,
                                              int rows) {
  if (mask.kind == MaskKind::full) return {0, rows};
  // Row i is not before key j:     q0 + i q_stride >= k_j      <=>  i > floor((k_j - 1 - q0) / q_stride).
  // Key j is inside its window:    q0 + i q_stride < k_j + w   <=>  i <= floor((k_j + w - 1 - q0) /
  // q_stride).
  const std::int64_t earliest = at.k0 + keys.first * at.k_stride - at.q0;
  const std::int64_t latest = at.k0 + (keys.last - 1) * at.k_stride - at.q0;
  return {clamped(floor_divided(earliest - 1, at.q_stride) + 1, rows),
          mask.kind == MaskKind::sliding
              ? clamped(floor_divided(latest + mask.window - 1, at.q_stride) + 1, rows)
              : rows};
}

// What a tile of query rows sees: `touched` by at least one row (or between two that are), `common` to all.
struct TileKeys {
  Span32 touched;
  Span32 common;
};

RINGSIDE_DEVICE constexpr TileKeys keys_of_tile(const PositionRule& at, const Mask& mask, Span32 rows,
                                                int keys) {
  const Span32 top = keys_of_row(at, mask, rows.first, keys);
  const Span32 bottom = keys_of_row(at, mask, rows.last - 1, keys);
  return {{top.first, bottom.last}, {bottom.first, top.last}};
}

}  // namespace kernels
