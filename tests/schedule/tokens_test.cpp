#include "costmodel/schedule/tokens.h"

#include <algorithm>
#include <vector>

#include "tests/catch.h"

using namespace costmodel;

namespace {

bool keeps(const Mask& mask, std::int64_t query, std::int64_t key) {
  switch (mask.kind) {
    case MaskKind::full: return true;
    case MaskKind::causal: return key <= query;
    case MaskKind::sliding: return key <= query && key > query - mask.window;
    case MaskKind::documents: break;  // documents_test.cpp
  }
  return false;
}

std::vector<Mask> masks() {
  std::vector<Mask> list{{MaskKind::full, 0}, {MaskKind::causal, 0}};
  for (const std::int64_t window : {1, 2, 3, 5, 8, 13, 100}) list.push_back({MaskKind::sliding, window});
  return list;
}

std::vector<std::int64_t> expand(const TokenRun& run) {
  std::vector<std::int64_t> list;
  for (std::int64_t i = 0; i < run.count; ++i) list.push_back(run.first + i * run.stride);
  return list;
}

std::vector<std::int64_t> expand(const TokenSet& set) {
  std::vector<std::int64_t> list;
  for (int r = 0; r < set.run_count; ++r)
    for (const std::int64_t token : expand(set.runs[static_cast<std::size_t>(r)])) list.push_back(token);
  return list;
}

struct Counted {
  double pairs = 0;
  std::int64_t longest = 0;
};

Counted count(const std::vector<std::int64_t>& queries, const std::vector<std::int64_t>& keys,
              const Mask& mask) {
  Counted counted;
  for (const std::int64_t q : queries) {
    std::int64_t row = 0;
    for (const std::int64_t k : keys) row += keeps(mask, q, k) ? 1 : 0;
    counted.pairs += static_cast<double>(row);
    counted.longest = std::max(counted.longest, row);
  }
  return counted;
}

// Rows of the runs that take part, and the mask edges that cross their rectangles, each run pair counted pair
// by pair.
BlockGeometry brute_force(const TokenSet& queries, const TokenSet& keys, const Mask& mask) {
  BlockGeometry block;
  std::vector<bool> key_run_used(2, false);
  for (int i = 0; i < queries.run_count; ++i) {
    const TokenRun& q = queries.runs[static_cast<std::size_t>(i)];
    bool used = false;
    for (int j = 0; j < keys.run_count; ++j) {
      const TokenRun& k = keys.runs[static_cast<std::size_t>(j)];
      const double kept = count(expand(q), expand(k), mask).pairs;
      if (kept == 0) continue;
      used = true;
      key_run_used[static_cast<std::size_t>(j)] = true;
      block.kept_pairs += kept;
      bool after = false, before = false;  // a key after the query, a key before the window
      for (const std::int64_t a : expand(q))
        for (const std::int64_t b : expand(k)) {
          after |= mask.kind != MaskKind::full && b > a;
          before |= mask.kind == MaskKind::sliding && b <= a - mask.window;
        }
      block.edge_rows += (static_cast<int>(after) + static_cast<int>(before)) * q.count;
    }
    if (used) block.query_rows += q.count;
  }
  for (int j = 0; j < keys.run_count; ++j)
    if (key_run_used[static_cast<std::size_t>(j)])
      block.key_rows += keys.runs[static_cast<std::size_t>(j)].count;
  block.longest_row = count(expand(queries), expand(keys), mask).longest;
  return block;
}

void check_block(const TokenSet& queries, const TokenSet& keys, const Mask& mask) {
  const BlockGeometry expected = brute_force(queries, keys, mask);
  const BlockGeometry found = block_geometry(queries, keys, mask);
  CAPTURE(static_cast<int>(mask.kind), mask.window, expand(queries), expand(keys));
  REQUIRE(found.kept_pairs == expected.kept_pairs);
  REQUIRE(found.query_rows == expected.query_rows);
  REQUIRE(found.key_rows == expected.key_rows);
  REQUIRE(found.edge_rows == expected.edge_rows);
  REQUIRE(found.longest_row >= expected.longest_row);
  if (mask.kind != MaskKind::sliding) REQUIRE(found.longest_row == expected.longest_row);
  REQUIRE(found.empty() == (expected.kept_pairs == 0));
}

}  // namespace

TEST_CASE("kept pairs of two runs equal counting them one by one") {
  for (const Mask& mask : masks())
    for (const std::int64_t stride : {1, 2, 3, 5})
      for (std::int64_t first_query = 0; first_query <= 14; ++first_query)
        for (std::int64_t first_key = 0; first_key <= 14; ++first_key)
          for (std::int64_t rows = 0; rows <= 5; ++rows)
            for (std::int64_t columns = 0; columns <= 5; ++columns) {
              const TokenRun q{first_query, stride, rows}, k{first_key, stride, columns};
              const double expected = count(expand(q), expand(k), mask).pairs;
              if (kept_pairs(q, k, mask) != expected) {
                CAPTURE(static_cast<int>(mask.kind), mask.window, stride, first_query, first_key, rows,
                        columns);
                REQUIRE(kept_pairs(q, k, mask) == expected);
              }
            }
}

TEST_CASE("kept pairs against gathered keys equal counting them one by one") {
  for (const Mask& mask : masks())
    for (const std::int64_t stride : {1, 2, 3, 5})
      for (std::int64_t first_query = 0; first_query <= 12; ++first_query)
        for (std::int64_t first_key = 0; first_key <= 12; ++first_key)
          for (std::int64_t rows = 0; rows <= 4; ++rows)
            for (const std::int64_t columns : {0, 1, 2, 7, 12}) {
              const TokenRun q{first_query, stride, rows}, k{first_key, 1, columns};
              const double expected = count(expand(q), expand(k), mask).pairs;
              if (kept_pairs(q, k, mask) != expected) {
                CAPTURE(static_cast<int>(mask.kind), mask.window, stride, first_query, first_key, rows,
                        columns);
                REQUIRE(kept_pairs(q, k, mask) == expected);
              }
            }
}

TEST_CASE("every layout gives each token to exactly one position") {
  for (const Layout layout : {Layout::contiguous, Layout::zigzag, Layout::striped})
    for (int parts = 1; parts <= 16; ++parts)
      for (int rows = 1; rows <= 3; ++rows) {
        const std::int64_t sequence = 2LL * parts * rows;
        std::vector<int> owners(static_cast<std::size_t>(sequence), 0);
        for (int position = 0; position < parts; ++position) {
          const TokenSet set = tokens_of(layout, sequence, parts, position);
          REQUIRE(set.size() == sequence / parts);
          for (const std::int64_t token : expand(set)) ++owners.at(static_cast<std::size_t>(token));
        }
        REQUIRE(std::count(owners.begin(), owners.end(), 1) == sequence);
      }
}

TEST_CASE("the layouts hold the tokens that their names say") {
  using Tokens = std::vector<std::int64_t>;
  CHECK(expand(tokens_of(Layout::contiguous, 12, 3, 1)) == Tokens{4, 5, 6, 7});
  CHECK(expand(tokens_of(Layout::striped, 12, 3, 1)) == Tokens{1, 4, 7, 10});
  CHECK(expand(tokens_of(Layout::zigzag, 12, 3, 1)) == Tokens{2, 3, 8, 9});
  CHECK(expand(tokens_of(Layout::zigzag, 5, 1, 0)) == Tokens{0, 1, 2, 3, 4});  // one shard may be odd
}

TEST_CASE("the geometry of a block equals counting its rows and edges") {
  for (const Layout layout : {Layout::contiguous, Layout::zigzag, Layout::striped})
    for (const Mask& mask : masks())
      for (int parts = 1; parts <= 5; ++parts)
        for (const int rows : {1, 3}) {
          const std::int64_t sequence = 2LL * parts * rows;
          for (int q = 0; q < parts; ++q) {
            const TokenSet queries = tokens_of(layout, sequence, parts, q);
            for (int k = 0; k < parts; ++k) check_block(queries, tokens_of(layout, sequence, parts, k), mask);
            check_block(queries, all_tokens(sequence), mask);
          }
          check_block(all_tokens(sequence), all_tokens(sequence), mask);
        }
}

TEST_CASE("the blocks of a sequence keep as many pairs as the whole") {
  for (const Layout layout : {Layout::contiguous, Layout::zigzag, Layout::striped})
    for (const Mask& mask : masks()) {
      constexpr std::int64_t sequence = 96;
      constexpr int parts = 12;
      double blocks = 0;
      for (int q = 0; q < parts; ++q)
        for (int k = 0; k < parts; ++k)
          blocks += block_geometry(tokens_of(layout, sequence, parts, q),
                                   tokens_of(layout, sequence, parts, k), mask)
                        .kept_pairs;
      CHECK(blocks == block_geometry(all_tokens(sequence), all_tokens(sequence), mask).kept_pairs);
    }
}

TEST_CASE("kept pairs are exact for ten million tokens") {
  constexpr std::int64_t n = 10'000'000;
  CHECK(kept_pairs({0, 1, n}, {0, 1, n}, {MaskKind::causal, 0}) == 0.5 * n * (n + 1.0));
  CHECK(kept_pairs({n, 1, n}, {0, 1, n}, {MaskKind::causal, 0}) == 1e14);
  CHECK(kept_pairs({0, 1, n}, {n, 1, n}, {MaskKind::causal, 0}) == 0);
  CHECK(kept_pairs({0, 1, n}, {0, 1, n}, {MaskKind::sliding, 4096}) == 4096.0 * n - 4096.0 * 4095.0 / 2);
}
