// Which tokens a ring position holds, and how many (query, key) pairs of two token sets a mask keeps.
//
// This is the position rule of the kernels: row i of a run sits at position first + i x stride.  It covers
// contiguous, zigzag and striped layouts; formulas 1.1 to 1.3 of docs/model.md.
#pragma once

#include <array>
#include <cstdint>

#include "costmodel/plan/plan.h"
#include "costmodel/spec/workload_spec.h"

namespace costmodel {

// Tokens first, first + stride, ... ; count of them.
struct TokenRun {
  std::int64_t first = 0;
  std::int64_t stride = 1;
  std::int64_t count = 0;

  friend bool operator==(const TokenRun&, const TokenRun&) = default;
};

// At most two runs: the two halves of a zigzag shard.
struct TokenSet {
  std::array<TokenRun, 2> runs{};
  int run_count = 0;

  std::int64_t size() const { return runs[0].count + (run_count > 1 ? runs[1].count : 0); }
};

// Formula 1.1: the tokens of `position` when `sequence` tokens are split over `parts` (which must divide
// them, twice for zigzag).
TokenSet tokens_of(Layout layout, std::int64_t sequence, int parts, int position);
// Those of a set that come before a position.
TokenSet tokens_before(const TokenSet& set, std::int64_t position);
// All tokens of the sequence.
TokenSet all_tokens(std::int64_t sequence);

// Pairs (i, j) of two runs that the mask keeps.  The strides must be equal.  Exact below 2^53.   Formula 1.2.
double kept_pairs(const TokenRun& queries, const TokenRun& keys, const Mask& mask);

// What one attention kernel computes on a query set and a key set: only the parts that the mask does not
// skip.
struct BlockGeometry {
  double kept_pairs = 0;         // pairs that the mask keeps
  std::int64_t query_rows = 0;   // query rows that see at least one key run of the block
  std::int64_t key_rows = 0;     // key rows that at least one query run sees
  std::int64_t edge_rows = 0;    // query rows x mask edges crossing the block: each wastes half a tile
  std::int64_t longest_row = 0;  // most keys that one query row may see

  bool empty() const { return kept_pairs == 0; }
  // Blocks of different documents that one kernel computes.
  BlockGeometry& operator+=(const BlockGeometry& other);
  friend bool operator==(const BlockGeometry&, const BlockGeometry&) = default;
};

// Formula 1.3.
BlockGeometry block_geometry(const TokenSet& queries, const TokenSet& keys, const Mask& mask);

}  // namespace costmodel
