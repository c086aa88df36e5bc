// Backward step of the cpu backend.
//
// A work item is one tile of keys of one key head.  It walks over the query tiles that see these keys, of all
// query heads that share the key head, and does the five products of a backward step:
//     scores = Q K^T,  products = dO V^T;  then p and ds in place;
//     dV += p^T dO,    dK += ds^T Q,       dQ += ds K.
// dK and dV are summed in scratch memory of the item.  dQ rows get one part from every key tile: the items
// take turns, in the order of the key tiles, so that the sum does not depend on the number of threads.  An
// item waits only for items that were taken before it, so there is always one that can go on.
#include <algorithm>
#include <atomic>
#include <vector>

#include "kernels/cpu_attention.h"
#include "kernels/cpu_scratch.h"
#include "kernels/parallel_items.h"

namespace kernels {

namespace {

// Sized for a second-level cache of 1 MB at dim 128: six tiles of dim columns and two of scores.
constexpr std::int64_t row_tile = 96;
constexpr std::int64_t key_tile_of(std::int64_t dim) { return dim <= 128 ? 192 : 96; }

// For tiles of at most `rows` queries x `keys` keys.
struct BackwardScratch {
  BackwardScratch(std::int64_t dim, std::int64_t rows, std::int64_t keys)
      : k(keys * dim),
        k_transposed(dim * keys),
        v_transposed(dim * keys),
        dk(keys * dim),
        dv(keys * dim),
        q(rows * dim),
        d_output(rows * dim),
        dq(rows * dim),
        scores(rows * keys),
        products(rows * keys),
        lse(rows),
        delta(rows) {}

  Scratch k, k_transposed, v_transposed, dk, dv, q, d_output, dq, scores, products, lse, delta;
};

// The number of the key tile that may add to a query tile next, for each batch, head and query tile.
class Turns {
 public:
  Turns(const BackwardStep& step, std::int64_t key_tile)
      : tiles_((step.q.rows + row_tile - 1) / row_tile),
        heads_(step.q.heads),
        next_(static_cast<std::size_t>(step.q.batch * step.q.heads * tiles_)) {
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(next_.size()); ++i) {
      const std::int64_t first = i % tiles_ * row_tile;
      const std::int64_t last = std::min(first + row_tile, step.q.rows);
      const KeyRange touched = keys_touched(step.position, step.mask, first, last, step.k.rows);
      next_[static_cast<std::size_t>(i)] = touched.first / key_tile;
    }
  }

  std::atomic<std::int64_t>& of(std::int64_t batch, std::int64_t head, std::int64_t tile) {
    return next_[static_cast<std::size_t>((batch * heads_ + head) * tiles_ + tile)];
  }

 private:
  std::int64_t tiles_, heads_;
  std::vector<std::atomic<std::int64_t>> next_;
};

struct KeyTile {
  std::int64_t batch, head, number, first, count;
};

struct Operand {
  const float* data;
  std::int64_t row_stride, depth_stride;
};

// c (rows x columns) = or += a b.
void multiply(const TileKernels& tile, const Operand& a, const float* b, std::int64_t b_stride, float* c,
              std::int64_t c_stride, std::int64_t rows, std::int64_t columns, std::int64_t depth, bool add) {
  TileProduct product;
  product.a = a.data;
  product.a_row_stride = a.row_stride;
  product.a_depth_stride = a.depth_stride;
  product.b = b;
  product.b_stride = b_stride;
  product.c = c;
  product.c_stride = c_stride;
  product.rows = rows;
  product.columns = columns;
  product.depth = depth;
  product.add = add;
  tile.multiply(product);
}

// The five products of some query rows of one head with the keys of the tile that these rows see, from
// `key_offset` (a multiple of tile_columns) on.  Leaves their dQ in the scratch memory.
void backward_products(const TileKernels& tile, const BackwardStep& step, const KeyTile& keys,
                       std::int64_t head, const RowRange& range, std::int64_t key_offset, std::int64_t count,
                       std::int64_t key_tile, BackwardScratch& scratch) {
  const std::int64_t dim = step.q.dim;
  const std::int64_t rows = range.last - range.first;
  const std::int64_t first_key = keys.first + key_offset;
  const std::int64_t columns = padded_columns(count);
  load_rows(tile, step.q, keys.batch, head, range.first, rows, scratch.q.data());
  load_rows(tile, step.d_output, keys.batch, head, range.first, rows, scratch.d_output.data());
  for (std::int64_t row = 0; row < rows; ++row) {
    scratch.lse.data()[row] = step.lse.at(keys.batch, head, range.first + row);
    scratch.delta.data()[row] = step.delta.at(keys.batch, head, range.first + row);
  }

  float* const p = scratch.scores.data();
  float* const ds = scratch.products.data();
  multiply(tile, {scratch.q.data(), dim, 1}, scratch.k_transposed.data() + key_offset, key_tile, p, key_tile,
           rows, columns, dim, false);
  multiply(tile, {scratch.d_output.data(), dim, 1}, scratch.v_transposed.data() + key_offset, key_tile, ds,
           key_tile, rows, columns, dim, false);
  const std::int64_t seen_from = keys_seen(step.position, step.mask, range.last - 1, step.k.rows).first;
  const std::int64_t seen_to = keys_seen(step.position, step.mask, range.first, step.k.rows).last;
  if (first_key < seen_from || first_key + columns > seen_to)
    hide_masked_scores(p, key_tile, columns, step.position, step.mask, range.first, rows, first_key,
                       step.k.rows);

  TileGradient gradient;
  gradient.scores = p;
  gradient.products = ds;
  gradient.stride = key_tile;
  gradient.rows = rows;
  gradient.columns = columns;
  gradient.scale = static_cast<float>(step.scale);
  gradient.lse = scratch.lse.data();
  gradient.delta = scratch.delta.data();
  tile.gradient(gradient);

  multiply(tile, {p, 1, key_tile}, scratch.d_output.data(), dim, scratch.dv.data() + key_offset * dim, dim,
           count, dim, rows, true);
  multiply(tile, {ds, 1, key_tile}, scratch.q.data(), dim, scratch.dk.data() + key_offset * dim, dim, count,
           dim, rows, true);
  multiply(tile, {ds, key_tile, 1}, scratch.k.data() + key_offset * dim, dim, scratch.dq.data(), dim, rows,
           dim, count, false);
}

// What one query tile of one head gives to, and takes from, a tile of keys.
void backward_tile(const TileKernels& tile, const BackwardStep& step, const GradientState& state,
                   const KeyTile& keys, std::int64_t head, const RowRange& tile_rows, const KeyRange& touched,
                   std::int64_t key_tile, std::atomic<std::int64_t>& turn, BackwardScratch& scratch) {
  // On the edge of the mask: leave out rows and keys at the ends of the tile that do not see each other.
  const std::int64_t offset =
      std::max<std::int64_t>(touched.first - keys.first, 0) / tile_columns * tile_columns;
  const std::int64_t count = std::min(keys.count, touched.last - keys.first) - offset;
  const KeyRange seen = {keys.first + offset, keys.first + offset + count};
  const RowRange rows = rows_touching(step.position, step.mask, tile_rows, seen, step.k.rows);
  if (!rows.empty()) backward_products(tile, step, keys, head, rows, offset, count, key_tile, scratch);

  for (std::int64_t now = turn.load(); now != keys.number; now = turn.load()) turn.wait(now);
  if (!rows.empty())
    add_rows(scratch.dq.data(), state.dq, keys.batch, head, rows.first, rows.last - rows.first);
  turn.store(keys.number + 1);
  turn.notify_all();
}

void backward_keys(const TileKernels& tile, const BackwardStep& step, const GradientState& state,
                   const KeyTile& keys, std::int64_t key_tile, Turns& turns, BackwardScratch& scratch) {
  const std::int64_t dim = step.q.dim;
  load_rows(tile, step.v, keys.batch, keys.head, keys.first, keys.count, scratch.k.data());
  tile.transpose(scratch.k.data(), keys.count, dim, scratch.v_transposed.data(), key_tile);
  load_rows(tile, step.k, keys.batch, keys.head, keys.first, keys.count, scratch.k.data());
  tile.transpose(scratch.k.data(), keys.count, dim, scratch.k_transposed.data(), key_tile);
  std::fill_n(scratch.dk.data(), keys.count * dim, 0.0F);
  std::fill_n(scratch.dv.data(), keys.count * dim, 0.0F);

  const std::int64_t group = step.q.heads / step.k.heads;
  for (std::int64_t head = keys.head * group; head < (keys.head + 1) * group; ++head)
    for (std::int64_t first = 0, number = 0; first < step.q.rows; first += row_tile, ++number) {
      const RowRange rows = {first, std::min(first + row_tile, step.q.rows)};
      const KeyRange touched = keys_touched(step.position, step.mask, rows.first, rows.last, step.k.rows);
      if (touched.empty() || keys.number < touched.first / key_tile || keys.first >= touched.last) continue;
      backward_tile(tile, step, state, keys, head, rows, touched, key_tile,
                    turns.of(keys.batch, head, number), scratch);
    }
  add_rows(scratch.dk.data(), state.dk, keys.batch, keys.head, keys.first, keys.count);
  add_rows(scratch.dv.data(), state.dv, keys.batch, keys.head, keys.first, keys.count);
}

}  // namespace

void cpu_backward_step(const BackwardStep& step, const GradientState& state, int threads, CpuLevel level) {
  check("backward step (cpu)", step, state);
  if (const std::string why = cpu_rejects(step.q.dim); !why.empty())
    throw ArgumentError("backward step (cpu): " + why);
  const TileKernels& tile = tile_kernels_of(level);
  const std::int64_t heads = step.k.batch * step.k.heads;
  if (heads * step.k.rows == 0 || step.q.heads * step.q.rows == 0) return;
  const std::int64_t key_tile = std::min(key_tile_of(step.q.dim), padded_columns(step.k.rows));
  const std::int64_t items = (step.k.rows + key_tile - 1) / key_tile * heads;
  const int workers = static_cast<int>(std::clamp<std::int64_t>(items, 1, std::max(threads, 1)));
  std::vector<BackwardScratch> scratch;
  for (int worker = 0; worker < workers; ++worker)
    scratch.emplace_back(step.q.dim, std::min(row_tile, step.q.rows), key_tile);
  Turns turns(step, key_tile);
  parallel_items(workers, items, [&](int worker, std::int64_t item) {
    // Ascending key tiles, as Turns needs; all heads of a tile before the next tile.
    const std::int64_t number = item / heads;
    const std::int64_t first = number * key_tile;
    const KeyTile keys = {item / step.k.heads % step.k.batch, item % step.k.heads, number, first,
                          std::min(key_tile, step.k.rows - first)};
    backward_keys(tile, step, state, keys, key_tile, turns, scratch[static_cast<std::size_t>(worker)]);
  });
}

}  // namespace kernels
