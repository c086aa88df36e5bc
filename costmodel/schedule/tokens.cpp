#include "costmodel/schedule/tokens.h"

#include <algorithm>
#include <stdexcept>

namespace costmodel {

namespace {

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  const std::int64_t q = a / b;
  return (a % b != 0 && (a < 0) != (b < 0)) ? q - 1 : q;
}

// The sum over 0 <= i < rows of clamp(first + i step + 1, 0, columns): the keys that each row sees.
// Formula 1.2.
double keys_seen(std::int64_t rows, std::int64_t columns, std::int64_t first, std::int64_t step) {
  const std::int64_t a =
      std::clamp<std::int64_t>(-floor_divide(first, step), 0, rows);  // first row that sees a key
  const std::int64_t b =                                              // first row that sees them all
      std::clamp<std::int64_t>(floor_divide(columns - 1 - first, step) + 1, a, rows);
  const double ramp = static_cast<double>(b - a);
  const double mean_row = static_cast<double>(a + b - 1) / 2.0;
  return ramp * (mean_row * static_cast<double>(step) + static_cast<double>(first + 1)) +
         static_cast<double>(rows - b) * static_cast<double>(columns);
}

struct RunPair {
  double kept = 0;
  int edges = 0;  // mask boundaries that cross the rectangle
  std::int64_t longest = 0;
};

RunPair geometry_of(const TokenRun& q, const TokenRun& k, const Mask& mask) {
  const double all = static_cast<double>(q.count) * static_cast<double>(k.count);
  if (q.count == 0 || k.count == 0) return {};
  if (mask.kind == MaskKind::full) return {all, 0, k.count};
  // Rows and keys of one layout advance alike: the diagonal has slope 1.  Against the gathered sequence (key
  // stride 1) each row sees `q.stride` keys more than the row before.
  if (q.stride != k.stride && k.stride != 1) throw std::logic_error("kept_pairs: runs of different stride");
  const std::int64_t unit = q.stride == k.stride ? q.stride : 1;
  const std::int64_t step = q.stride == k.stride ? 1 : q.stride;
  const std::int64_t upper = floor_divide(q.first - k.first, unit);
  RunPair pair;
  pair.kept = keys_seen(q.count, k.count, upper, step);
  if (pair.kept > 0 && pair.kept < all) pair.edges = 1;
  pair.longest = std::clamp<std::int64_t>(upper + (q.count - 1) * step + 1, 0, k.count);
  if (mask.kind == MaskKind::sliding) {
    const std::int64_t lower = floor_divide(q.first - k.first - mask.window, unit);
    const double outside = keys_seen(q.count, k.count, lower, step);
    pair.kept -= outside;
    if (outside > 0 && pair.kept > 0) ++pair.edges;
    pair.longest = std::min(pair.longest, (mask.window + k.stride - 1) / k.stride);
  }
  return pair;
}

}  // namespace

TokenSet tokens_of(Layout layout, std::int64_t sequence, int parts, int position) {
  switch (layout) {
    case Layout::contiguous: {
      const std::int64_t n = sequence / parts;
      return {{TokenRun{position * n, 1, n}, TokenRun{}}, 1};
    }
    case Layout::striped: return {{TokenRun{position, parts, sequence / parts}, TokenRun{}}, 1};
    case Layout::zigzag: {
      if (parts == 1) return all_tokens(sequence);  // also when it is odd
      const std::int64_t half = sequence / (2 * static_cast<std::int64_t>(parts));
      return {{TokenRun{position * half, 1, half},
               TokenRun{(2 * std::int64_t{parts} - 1 - position) * half, 1, half}},
              2};
    }
  }
  throw std::logic_error("tokens_of: unknown layout");
}

TokenSet tokens_before(const TokenSet& set, std::int64_t position) {
  TokenSet part;
  for (int i = 0; i < set.run_count; ++i) {
    TokenRun run = set.runs[static_cast<std::size_t>(i)];
    const std::int64_t before =
        position <= run.first ? 0 : (position - run.first + run.stride - 1) / run.stride;
    run.count = std::min(run.count, before);
    if (run.count > 0) part.runs[static_cast<std::size_t>(part.run_count++)] = run;
  }
  return part;
}

TokenSet all_tokens(std::int64_t sequence) { return {{TokenRun{0, 1, sequence}, TokenRun{}}, 1}; }

double kept_pairs(const TokenRun& queries, const TokenRun& keys, const Mask& mask) {
  return geometry_of(queries, keys, mask).kept;
}

BlockGeometry& BlockGeometry::operator+=(const BlockGeometry& other) {
  kept_pairs += other.kept_pairs;
  query_rows += other.query_rows;
  key_rows += other.key_rows;
  edge_rows += other.edge_rows;
  longest_row = std::max(longest_row, other.longest_row);
  return *this;
}

namespace {

// Each document apart, where its tokens lie in the sequence.
BlockGeometry document_geometry(const TokenSet& queries, const TokenSet& keys, const Mask& mask) {
  BlockGeometry block;
  std::int64_t begin = 0;
  for (const std::int64_t document : mask.documents) {
    const auto inside = [&](const TokenSet& set) {
      TokenSet part = tokens_before(set, begin + document);
      for (int i = 0; i < part.run_count; ++i) {
        TokenRun& run = part.runs[static_cast<std::size_t>(i)];
        const std::int64_t before =
            std::clamp<std::int64_t>((begin - run.first + run.stride - 1) / run.stride, 0, run.count);
        run.first += before * run.stride;
        run.count -= before;
      }
      return part;
    };
    block += block_geometry(inside(queries), inside(keys), {});
    begin += document;
  }
  return block;
}

}  // namespace

BlockGeometry block_geometry(const TokenSet& queries, const TokenSet& keys, const Mask& mask) {
  if (mask.kind == MaskKind::documents) return document_geometry(queries, keys, mask);
  BlockGeometry block;
  std::array<bool, 2> key_run_seen{};
  for (int i = 0; i < queries.run_count; ++i) {
    const TokenRun& q = queries.runs[static_cast<std::size_t>(i)];
    std::int64_t longest = 0;
    bool seen = false;
    for (int j = 0; j < keys.run_count; ++j) {
      const RunPair pair = geometry_of(q, keys.runs[static_cast<std::size_t>(j)], mask);
      if (pair.kept <= 0) continue;
      seen = true;
      key_run_seen[static_cast<std::size_t>(j)] = true;
      block.kept_pairs += pair.kept;
      block.edge_rows += pair.edges * q.count;
      longest += pair.longest;
    }
    if (seen) block.query_rows += q.count;
    block.longest_row = std::max(block.longest_row, longest);
  }
  for (int j = 0; j < keys.run_count; ++j)
    if (key_run_seen[static_cast<std::size_t>(j)])
      block.key_rows += keys.runs[static_cast<std::size_t>(j)].count;
  return block;
}

}  // namespace costmodel
