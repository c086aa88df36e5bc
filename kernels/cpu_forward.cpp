// Forward step of the cpu backend.
//
// A work item is one tile of query rows of one head; it walks over the tiles of keys that its rows see:
//     scores = Q K^T        (K transposed once per tile, so that keys lie along vectors)
//     softmax moves the row state on, rescales o and turns scores into p
//     o += p V
// Sized so that everything stays in a second-level cache of 1 MB at dim 128, with enough rows that preparing
// a tile of K and V costs little beside using it.
#include <algorithm>
#include <string>
#include <vector>

#include "kernels/cpu_attention.h"
#include "kernels/cpu_scratch.h"
#include "kernels/parallel_items.h"

namespace kernels {

namespace {

constexpr std::int64_t row_tile = 192;
constexpr std::int64_t key_tile = 192;

// For tiles of at most `rows` x `keys`; keys is a multiple of tile_columns and the stride of scores.
struct ForwardScratch {
  ForwardScratch(std::int64_t dim, std::int64_t rows, std::int64_t keys)
      : stride(keys),
        q(rows * dim),
        output(rows * dim),
        scores(rows * keys),
        k(keys * dim),
        k_transposed(dim * keys),
        v(keys * dim),
        running_max(rows),
        running_sum(rows) {}

  std::int64_t stride;
  Scratch q, output, scores, k, k_transposed, v, running_max, running_sum;
};

struct RowTile {
  std::int64_t batch, head, first_row, rows;
};

void forward_tile(const TileKernels& tile, const ForwardStep& step, const ForwardState& state,
                  const RowTile& at, ForwardScratch& scratch) {
  const std::int64_t keys = step.k.rows;
  const std::int64_t dim = step.q.dim;
  const std::int64_t key_head = at.head / (step.q.heads / step.k.heads);
  const KeyRange touched = keys_touched(step.position, step.mask, at.first_row, at.first_row + at.rows, keys);
  if (touched.empty()) return;
  // Keys that every row of the tile sees need no mask.
  const KeyRange seen_by_all = {keys_seen(step.position, step.mask, at.first_row + at.rows - 1, keys).first,
                                keys_seen(step.position, step.mask, at.first_row, keys).last};

  load_rows(tile, step.q, at.batch, at.head, at.first_row, at.rows, scratch.q.data());
  load_rows(tile, state.output, at.batch, at.head, at.first_row, at.rows, scratch.output.data());
  for (std::int64_t row = 0; row < at.rows; ++row) {
    scratch.running_max.data()[row] = state.running_max.at(at.batch, at.head, at.first_row + row);
    scratch.running_sum.data()[row] = state.running_sum.at(at.batch, at.head, at.first_row + row);
  }

  for (std::int64_t first = touched.first; first < touched.last; first += key_tile) {
    const std::int64_t count = std::min(key_tile, touched.last - first);
    const std::int64_t columns = padded_columns(count);
    load_rows(tile, step.k, at.batch, key_head, first, count, scratch.k.data());
    load_rows(tile, step.v, at.batch, key_head, first, count, scratch.v.data());
    tile.transpose(scratch.k.data(), count, dim, scratch.k_transposed.data(), scratch.stride);

    // Tiles on the edge of the mask: leave out the rows at either end that see none of these keys.
    const bool masked = first < seen_by_all.first || first + columns > seen_by_all.last;
    const RowRange all = {at.first_row, at.first_row + at.rows};
    const RowRange rows =
        masked ? rows_touching(step.position, step.mask, all, {first, first + count}, keys) : all;
    if (rows.empty()) continue;
    const std::int64_t skipped = rows.first - at.first_row;
    float* scores_of_rows = scratch.scores.data() + skipped * scratch.stride;
    float* output_of_rows = scratch.output.data() + skipped * dim;

    TileProduct scores;
    scores.a = scratch.q.data() + skipped * dim;
    scores.a_row_stride = dim;
    scores.b = scratch.k_transposed.data();
    scores.b_stride = scratch.stride;
    scores.c = scores_of_rows;
    scores.c_stride = scratch.stride;
    scores.rows = rows.last - rows.first;
    scores.columns = columns;
    scores.depth = dim;
    tile.multiply(scores);
    if (masked)
      hide_masked_scores(scores_of_rows, scratch.stride, columns, step.position, step.mask, rows.first,
                         scores.rows, first, keys);

    TileSoftmax softmax;
    softmax.scores = scores_of_rows;
    softmax.scores_stride = scratch.stride;
    softmax.rows = scores.rows;
    softmax.columns = columns;
    softmax.scale = static_cast<float>(step.scale);
    softmax.running_max = scratch.running_max.data() + skipped;
    softmax.running_sum = scratch.running_sum.data() + skipped;
    softmax.output = output_of_rows;
    softmax.dim = dim;
    tile.softmax(softmax);

    TileProduct output;
    output.a = scores_of_rows;
    output.a_row_stride = scratch.stride;
    output.b = scratch.v.data();
    output.b_stride = dim;
    output.c = output_of_rows;
    output.c_stride = dim;
    output.rows = scores.rows;
    output.columns = dim;
    output.depth = count;
    output.add = true;
    tile.multiply(output);
  }

  store_rows(scratch.output.data(), state.output, at.batch, at.head, at.first_row, at.rows);
  for (std::int64_t row = 0; row < at.rows; ++row) {
    state.running_max.at(at.batch, at.head, at.first_row + row) = scratch.running_max.data()[row];
    state.running_sum.at(at.batch, at.head, at.first_row + row) = scratch.running_sum.data()[row];
  }
}

}  // namespace

std::string cpu_rejects(std::int64_t dim) {
  if (dim > 0 && dim % tile_columns == 0) return "";
  return "the cpu backend takes head dims that are multiples of " + std::to_string(tile_columns) + ", not " +
         std::to_string(dim);
}

void cpu_forward_step(const ForwardStep& step, const ForwardState& state, int threads, CpuLevel level) {
  check("forward step (cpu)", step, state);
  if (const std::string why = cpu_rejects(step.q.dim); !why.empty())
    throw ArgumentError("forward step (cpu): " + why);
  const TileKernels& tile = tile_kernels_of(level);
  const std::int64_t tiles = (step.q.rows + row_tile - 1) / row_tile;
  const std::int64_t items = step.q.batch * step.q.heads * tiles;
  const int workers = static_cast<int>(std::clamp<std::int64_t>(items, 1, std::max(threads, 1)));
  std::vector<ForwardScratch> scratch;
  for (int worker = 0; worker < workers; ++worker)
    scratch.emplace_back(step.q.dim, std::min(row_tile, step.q.rows),
                         std::min(key_tile, padded_columns(step.k.rows)));
  parallel_items(workers, items, [&](int worker, std::int64_t item) {
    // The last rows of all heads first: under a causal mask they see the most keys.
    const std::int64_t number = tiles - 1 - item / (step.q.batch * step.q.heads);
    const std::int64_t first = number * row_tile;
    const RowTile at = {item / step.q.heads % step.q.batch, item % step.q.heads, first,
                        std::min(row_tile, step.q.rows - first)};
    forward_tile(tile, step, state, at, scratch[static_cast<std::size_t>(worker)]);
  });
}

}  // namespace kernels
