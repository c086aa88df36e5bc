// What tiles compute of masked blocks, counted tile by tile, against kept pairs + half a tile an edge row of
// formula 3.1: at a diagonal a tile is computed whole and half of it is kept, in every layout alike.
#include <algorithm>
#include <cmath>
#include <span>

#include "costmodel/price/calibration.h"
#include "costmodel/schedule/tokens.h"
#include "tests/catch.h"

using namespace costmodel;

namespace {

constexpr std::int64_t tile = 128;

std::span<const TokenRun> runs(const TokenSet& set) {
  return std::span(set.runs).first(static_cast<std::size_t>(set.run_count));
}

// Pairs of the tiles that keep a pair; rows and columns are places in the runs, as kernels see them.
double counted(const TokenSet& queries, const TokenSet& keys, const Mask& mask) {
  double pairs = 0;
  for (const TokenRun& q : runs(queries))
    for (const TokenRun& k : runs(keys))
      for (std::int64_t row = 0; row < q.count; row += tile)
        for (std::int64_t column = 0; column < k.count; column += tile) {
          TokenRun rows = q, columns = k;
          rows.first += row * q.stride;
          rows.count = std::min(tile, q.count - row);
          columns.first += column * k.stride;
          columns.count = std::min(tile, k.count - column);
          if (kept_pairs(rows, columns, mask) > 0) pairs += static_cast<double>(rows.count * columns.count);
        }
  return pairs;
}

double by_formula(const TokenSet& queries, const TokenSet& keys, const Mask& mask) {
  const BlockGeometry block = block_geometry(queries, keys, mask);
  return block.kept_pairs + static_cast<double>(block.edge_rows) *
                                built_in_calibration("a100-sxm-80gb").forward.tile_columns / 2.0;
}

}  // namespace

TEST_CASE("tiles of a striped ring waste half a tile a row at every step") {
  constexpr std::int64_t sequence = 32768;
  constexpr int ring = 8;
  const Mask causal{};
  REQUIRE(causal.kind == MaskKind::causal);
  for (const int rank : {0, 3, 7})
    for (int from = 0; from < ring; ++from) {
      const TokenSet queries = tokens_of(Layout::striped, sequence, ring, rank);
      const TokenSet keys = tokens_of(Layout::striped, sequence, ring, from);
      INFO("queries of rank " << rank << ", keys of rank " << from);
      // By hand: the diagonal tile keeps 128 x 129 / 2 pairs, or 128 x 127 / 2 when the keys come later: half
      // a pair a row beside the half tile.
      CHECK(std::abs(by_formula(queries, keys, causal) - counted(queries, keys, causal)) <= 0.5 * 4096 + 1);
      CHECK(by_formula(queries, keys, causal) / block_geometry(queries, keys, causal).kept_pairs - 1 ==
            Approx(1.0 / 32).epsilon(0.01));  // 64 of 2048 kept a row
    }
}

TEST_CASE("a zigzag ring wastes tiles in its own block alone") {
  constexpr std::int64_t sequence = 32768;
  const Mask causal{};
  const TokenSet own = tokens_of(Layout::zigzag, sequence, 8, 2),
                 other = tokens_of(Layout::zigzag, sequence, 8, 5);
  CHECK(std::abs(by_formula(own, own, causal) - counted(own, own, causal)) <= 0.5 * 4096 + 1);
  CHECK(by_formula(own, other, causal) == counted(own, other, causal));
  CHECK(counted(own, other, causal) == block_geometry(own, other, causal).kept_pairs);
}
