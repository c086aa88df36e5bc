// Which keys a query sees: positions of rows, masks, and the interval of keys that follows from both.
//
// Row i of the queries sits at position q0 + i x q_stride of the sequence, row j of the keys at
// k0 + j x k_stride.  This covers contiguous and striped layouts, and each of the two runs of a zigzag shard.
// Since strides are positive, a query always sees one interval of key rows, and its two ends never move
// backwards from one query row to the next.
#pragma once

#include <cstdint>
#include <string>

namespace kernels {

struct PositionRule {
  std::int64_t q0 = 0;
  std::int64_t q_stride = 1;
  std::int64_t k0 = 0;
  std::int64_t k_stride = 1;
};

// full: every key.  causal: keys at positions <= the query's.  sliding: causal, and fewer than `window`
// positions back, so that the query itself counts.
enum class MaskKind { causal, full, sliding };

struct Mask {
  MaskKind kind = MaskKind::causal;
  std::int64_t window = 0;  // positions; only for sliding, at least 1
};

std::string text_of(const Mask& mask);

// Key rows first <= j < last; empty when first >= last.
struct KeyRange {
  std::int64_t first = 0;
  std::int64_t last = 0;

  bool empty() const { return first >= last; }
};

// The key rows, out of `keys`, that query row `row` sees.
KeyRange keys_seen(const PositionRule& position, const Mask& mask, std::int64_t row, std::int64_t keys);

// From the first key that one of the query rows first_row <= i < last_row sees to the last.  With a sliding
// mask and wide strides there may be keys in between that none of them sees.
KeyRange keys_touched(const PositionRule& position, const Mask& mask, std::int64_t first_row,
                      std::int64_t last_row, std::int64_t keys);

// Query rows first <= i < last; empty when first >= last.
struct RowRange {
  std::int64_t first = 0;
  std::int64_t last = 0;

  bool empty() const { return first >= last; }
};

// `rows` without those at its two ends that see none of the keys of `tile`.
RowRange rows_touching(const PositionRule& position, const Mask& mask, RowRange rows, const KeyRange& tile,
                       std::int64_t keys);

// (query, key) pairs that the mask keeps.  A forward step does 4 x dim flop per pair and head, a backward
// step 10 x dim.
std::int64_t kept_pairs(const PositionRule& position, const Mask& mask, std::int64_t rows, std::int64_t keys);

}  // namespace kernels
