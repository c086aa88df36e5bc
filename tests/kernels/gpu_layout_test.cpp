// The index arithmetic of the GPU kernels: who holds what in a matrix product, where tiles lie in shared
// memory, which tiles the mask leaves.
#include <algorithm>
#include <random>
#include <set>

#include "kernels/cuda/sm80_tile.h"
#include "tests/catch.h"

using namespace kernels;

TEST_CASE("the lanes of a warp hold every number of A, B and C once") {
  std::set<std::pair<int, int>> a, b, c;
  for (int lane = 0; lane < warp_lanes; ++lane) {
    for (int r = 0; r < 4; ++r)
      for (int e = 0; e < 2; ++e) a.insert({a_place(lane, r).row, a_place(lane, r).column + e});
    for (int r = 0; r < 2; ++r)
      for (int e = 0; e < 2; ++e) b.insert({b_place(lane, r).row + e, b_place(lane, r).column});
    for (int i = 0; i < 4; ++i) c.insert({c_place(lane, i).row, c_place(lane, i).column});
  }
  CHECK(a.size() == 16 * 16);
  CHECK(b.size() == 16 * 8);
  CHECK(c.size() == 16 * 8);
  CHECK(*a.rbegin() == std::pair(15, 15));
  CHECK(*b.rbegin() == std::pair(15, 7));
  CHECK(*c.rbegin() == std::pair(15, 7));
}

TEST_CASE("two neighbouring C are the A of the next product, in the same lanes") {
  for (int lane = 0; lane < warp_lanes; ++lane)
    for (int r = 0; r < 4; ++r) {
      const TilePlace held = c_place(lane, r % 2 * 2);  // of tile r / 2, which begins at column 8 (r / 2)
      CHECK(a_place(lane, r).row == held.row);
      CHECK(a_place(lane, r).column == held.column + r / 2 * 8);
    }
}

TEST_CASE("lanes point ldmatrix to the tiles that A and B are made of") {
  // Register m of every lane comes from the 8 x 8 tile whose rows lanes 8 m ... 8 m + 7 point to; a lane gets
  // row lane / 4, numbers 2 (lane % 4) and the next, of it, or the column instead of the row.
  for (int lane = 0; lane < warp_lanes; ++lane)
    for (int m = 0; m < 4; ++m) {
      const ChunkPlace a = a_address(m * 8 + lane / 4);
      CHECK(a.row == a_place(lane, m).row);
      CHECK(a.chunk * 8 + lane % 4 * 2 == a_place(lane, m).column);
      const ChunkPlace b = b_address(m * 8 + lane / 4);  // rows are columns of B
      CHECK(b.row == b_place(lane, m % 2).column + m / 2 * 8);
      CHECK(b.chunk * 8 + lane % 4 * 2 == b_place(lane, m % 2).row);
      const ChunkPlace t = b_address_transposed(m * 8 + lane % 4 * 2);  // rows are depths of B
      CHECK(t.row == b_place(lane, m % 2).row);
      CHECK(t.chunk * 8 + lane / 4 == b_place(lane, m % 2).column + m / 2 * 8);
    }
}

namespace {

template <int dim>
void check_swizzle() {
  std::set<int> offsets;
  for (int row = 0; row < 64; ++row)
    for (int chunk = 0; chunk < dim / 8; ++chunk) {
      const int offset = swizzled_offset<dim>(row, chunk);
      CHECK(offset / (dim * 2) == row);  // a row keeps its place
      offsets.insert(offset);
    }
  CHECK(offsets.size() == 64 * dim / 8);
  for (int first = 0; first < 64; first += 8)
    for (int chunk = 0; chunk < dim / 8; ++chunk) {
      std::set<int> banks;
      for (int row = first; row < first + 8; ++row) banks.insert(swizzled_offset<dim>(row, chunk) / 16 % 8);
      CHECK(banks.size() == 8);
    }
  // The short form that the kernels use.
  for (int lane = 0; lane < warp_lanes; ++lane)
    for (const ChunkPlace& place : {a_address(lane), b_address(lane), b_address_transposed(lane)})
      for (int row = 0; row < 32; row += 8)
        for (int column = 0; column < dim; column += 16)
          CHECK(chunk_address<dim>(4096, place, row, column) ==
                static_cast<std::uint32_t>(4096 +
                                           swizzled_offset<dim>(row + place.row, column / 8 + place.chunk)));
}

}  // namespace

TEST_CASE("swizzled tiles have a place for every chunk, and eight rows of a column in eight banks") {
  check_swizzle<64>();
  check_swizzle<128>();
  for (int row = 0; row < 64; ++row)
    for (int chunk = 0; chunk < 8; ++chunk)
      CHECK(swizzled_offset<64>(row, chunk) == swizzled_128(row * 128 + chunk * 16));
}

TEST_CASE("rows, tiles and keys agree on who sees whom, for any positions") {
  std::mt19937 random(7);
  const auto up_to = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  for (int round = 0; round < 3000; ++round) {
    const PositionRule at = {up_to(300), 1 + up_to(9), up_to(300), 1 + up_to(9)};
    const Mask mask = {static_cast<MaskKind>(up_to(3)), 1 + up_to(100)};
    const int rows = 1 + up_to(40), keys = up_to(60);
    INFO("round " << round << " of seed 7");
    for (int row = 0; row < rows; ++row) {
      const KeyRange truth = keys_seen(at, mask, row, keys);
      const Span32 span = keys_of_row(at, mask, row, keys);
      REQUIRE(span.first == truth.first);
      REQUIRE(span.last == truth.last);
    }
    const int first_row = up_to(rows), last_row = first_row + 1 + up_to(rows - first_row);
    const TileKeys tile = keys_of_tile(at, mask, {first_row, last_row}, keys);
    for (int key = 0; key < keys; ++key) {
      bool one = false, all = true;
      for (int row = first_row; row < last_row; ++row) {
        const KeyRange seen = keys_seen(at, mask, row, keys);
        const bool sees = seen.first <= key && key < seen.last;
        one = one || sees;
        all = all && sees;
      }
      if (one) REQUIRE((tile.touched.first <= key && key < tile.touched.last));
      REQUIRE((tile.common.first <= key && key < tile.common.last) == all);
    }
    if (keys == 0) continue;
    const int first_key = up_to(keys), last_key = first_key + 1 + up_to(keys - first_key);
    const Span32 seers = rows_of_keys(at, mask, {first_key, last_key}, rows);
    for (int row = 0; row < rows; ++row) {
      const KeyRange seen = keys_seen(at, mask, row, keys);
      const bool sees =
          std::max<std::int64_t>(seen.first, first_key) < std::min<std::int64_t>(seen.last, last_key);
      if (sees) REQUIRE((seers.first <= row && row < seers.last));
      if (at.q_stride == 1 && at.k_stride == 1 && !sees) REQUIRE(!(seers.first <= row && row < seers.last));
    }
  }
}
