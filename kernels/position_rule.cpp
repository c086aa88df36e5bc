#include "kernels/position_rule.h"

#include <algorithm>

namespace kernels {

namespace {

// floor(a / b) for b > 0.
std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

std::string text_of(const Mask& mask) {
  switch (mask.kind) {
    case MaskKind::causal: return "causal";
    case MaskKind::full: return "full";
    case MaskKind::sliding: return "sliding:" + std::to_string(mask.window);
  }
  return "?";
}

KeyRange keys_seen(const PositionRule& position, const Mask& mask, std::int64_t row, std::int64_t keys) {
  if (mask.kind == MaskKind::full) return {0, keys};
  // Key j is not after the query:  k0 + j k_stride <= p      <=>  j < floor((p - k0) / k_stride) + 1.
  // It is inside the window:       k0 + j k_stride > p - w   <=>  j >= floor((p - w - k0) / k_stride) + 1.
  const std::int64_t p = position.q0 + row * position.q_stride;
  const std::int64_t last = floor_div(p - position.k0, position.k_stride) + 1;
  const std::int64_t first =
      mask.kind == MaskKind::sliding ? floor_div(p - mask.window - position.k0, position.k_stride) + 1 : 0;
  return {std::clamp<std::int64_t>(first, 0, keys), std::clamp<std::int64_t>(last, 0, keys)};
}

KeyRange keys_touched(const PositionRule& position, const Mask& mask, std::int64_t first_row,
                      std::int64_t last_row, std::int64_t keys) {
  if (first_row >= last_row) return {};
  return {keys_seen(position, mask, first_row, keys).first,
          keys_seen(position, mask, last_row - 1, keys).last};
}

RowRange rows_touching(const PositionRule& position, const Mask& mask, RowRange rows, const KeyRange& tile,
                       std::int64_t keys) {
  const auto touches = [&](std::int64_t row) {
    const KeyRange seen = keys_seen(position, mask, row, keys);
    return std::max(seen.first, tile.first) < std::min(seen.last, tile.last);
  };
  while (!rows.empty() && !touches(rows.first)) ++rows.first;
  while (!rows.empty() && !touches(rows.last - 1)) --rows.last;
  return rows;
}

std::int64_t kept_pairs(const PositionRule& position, const Mask& mask, std::int64_t rows,
                        std::int64_t keys) {
  std::int64_t pairs = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    const KeyRange range = keys_seen(position, mask, row, keys);
    pairs += std::max<std::int64_t>(0, range.last - range.first);
  }
  return pairs;
}

}  // namespace kernels
