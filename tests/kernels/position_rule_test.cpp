#include "kernels/position_rule.h"

#include "tests/catch.h"

using namespace kernels;

namespace {

// The definition, pair by pair.
bool sees(const PositionRule& position, const Mask& mask, std::int64_t row, std::int64_t key) {
  const std::int64_t q = position.q0 + row * position.q_stride;
  const std::int64_t k = position.k0 + key * position.k_stride;
  switch (mask.kind) {
    case MaskKind::full: return true;
    case MaskKind::causal: return k <= q;
    case MaskKind::sliding: return k <= q && q - k < mask.window;
  }
  return false;
}

}  // namespace

TEST_CASE("the interval of keys holds exactly the keys that the mask keeps") {
  constexpr std::int64_t rows = 9, keys = 11;
  for (const Mask& mask : {Mask{MaskKind::causal}, Mask{MaskKind::full}, Mask{MaskKind::sliding, 1},
                           Mask{MaskKind::sliding, 5}, Mask{MaskKind::sliding, 1000}})
    for (std::int64_t q0 = 0; q0 < 30; q0 += 3)
      for (std::int64_t k0 = 0; k0 < 30; k0 += 4)
        for (const std::int64_t q_stride : {1, 2, 5})
          for (const std::int64_t k_stride : {1, 3, 5}) {
            const PositionRule position{q0, q_stride, k0, k_stride};
            std::int64_t pairs = 0;
            for (std::int64_t row = 0; row < rows; ++row) {
              const KeyRange range = keys_seen(position, mask, row, keys);
              REQUIRE(range.first >= 0);
              REQUIRE(range.last <= keys);
              for (std::int64_t key = 0; key < keys; ++key) {
                const bool inside = key >= range.first && key < range.last;
                REQUIRE(inside == sees(position, mask, row, key));
                pairs += inside ? 1 : 0;
              }
              // Ends never move back, and the touched interval holds every row's.
              const KeyRange touched = keys_touched(position, mask, 0, rows, keys);
              if (!range.empty()) {
                REQUIRE(touched.first <= range.first);
                REQUIRE(touched.last >= range.last);
              }
              if (row > 0) {
                REQUIRE(range.first >= keys_seen(position, mask, row - 1, keys).first);
                REQUIRE(range.last >= keys_seen(position, mask, row - 1, keys).last);
              }
            }
            REQUIRE(kept_pairs(position, mask, rows, keys) == pairs);
          }
}

TEST_CASE("kept pairs of the usual masks are what the formulas say") {
  CHECK(kept_pairs({}, {MaskKind::causal}, 100, 100) == 100 * 101 / 2);
  CHECK(kept_pairs({}, {MaskKind::full}, 100, 50) == 5000);
  CHECK(kept_pairs({}, {MaskKind::sliding, 10}, 100, 100) == 10 * 100 - 45);
  // Striped over 4 ranks: rank 1's queries against rank 2's keys miss the diagonal, against rank 0's hold it.
  CHECK(kept_pairs({1, 4, 2, 4}, {MaskKind::causal}, 25, 25) == 25 * 24 / 2);
  CHECK(kept_pairs({1, 4, 0, 4}, {MaskKind::causal}, 25, 25) == 25 * 26 / 2);
}

TEST_CASE("masks have the names of scenario files") {
  CHECK(text_of(Mask{MaskKind::causal}) == "causal");
  CHECK(text_of(Mask{MaskKind::full}) == "full");
  CHECK(text_of(Mask{MaskKind::sliding, 4096}) == "sliding:4096");
}
