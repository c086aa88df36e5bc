#include "costmodel/price/attention_time.h"

#include "tests/catch.h"
#include "tests/schedule/test_scenarios.h"

using namespace costmodel;

namespace {

constexpr Mask full{MaskKind::full, 0}, causal{MaskKind::causal, 0};

BlockGeometry square(std::int64_t rows, const Mask& mask) {
  return block_geometry(all_tokens(rows), all_tokens(rows), mask);
}

// 10 processors of 1e9 flop/s each, tiles of 128 x 128, memory without limit.
DeviceSpec ten_processors() {
  DeviceSpec device = tests::ideal_device(10e9);
  device.multiprocessors.value = 10;
  return device;
}

Calibration tiles_of_128() {
  Calibration c = tests::ideal_calibration();
  c.forward.tile_rows = c.backward.tile_rows = 128;
  c.forward.tile_columns = c.backward.tile_columns = 128;
  return c;
}

double forward_seconds(const BlockGeometry& block, const AttentionShape& shape, const DeviceSpec& device,
                       const Calibration& calibration) {
  return attention_time(block, shape, Direction::forward, 2, device, calibration).value;
}

}  // namespace

TEST_CASE("useful work is 4 d flop a pair, head and sequence forward, 10 d backward") {
  const AttentionShape shape{6, 2, 64, 3};
  CHECK(attention_flops(square(100, full), shape, Direction::forward).value == 4.0 * 64 * 100 * 100 * 6 * 3);
  CHECK(attention_flops(square(100, causal), shape, Direction::backward).value == 10.0 * 64 * 5050 * 6 * 3);
}

TEST_CASE("a full block takes its flop in whole waves of tiles") {
  const AttentionShape shape{1, 1, 64, 1};
  const DeviceSpec device = ten_processors();
  const Calibration calibration = tiles_of_128();
  // 1280 rows are ten tiles, one wave: 4 x 64 x 1280 x 1280 flop at 10 Gflop/s.
  const double one_wave = 4.0 * 64 * 1280 * 1280 / 10e9;
  CHECK(forward_seconds(square(1280, full), shape, device, calibration) == Approx(one_wave).epsilon(1e-12));
  // Eleven tiles of 1408 keys: the second wave is as long as the first.
  const double one_tile = 4.0 * 64 * 128 * 1408 / 1e9;
  CHECK(forward_seconds(square(1408, full), shape, device, calibration) ==
        Approx(2 * one_tile).epsilon(1e-12));
  const double backward =
      attention_time(square(1408, full), shape, Direction::backward, 2, device, calibration).value;
  CHECK(backward == Approx(2 * 2.5 * one_tile).epsilon(1e-12));
}

TEST_CASE("a kept pair takes what it costs beside its products, once whatever the head") {
  Calibration calibration = tiles_of_128();
  calibration.forward.pair_flop.value = 32;
  // One wave, as above: products of 4 d flop a pair and 32 beside them.
  for (const std::int64_t head : {64, 128})
    CHECK(forward_seconds(square(1280, full), {1, 1, head, 1}, ten_processors(), calibration) ==
          Approx((4.0 * static_cast<double>(head) + 32) * 1280 * 1280 / 10e9).epsilon(1e-12));
}

TEST_CASE("a causal block takes its kept pairs, half a tile a row and the tail of the longest row") {
  const AttentionShape shape{2, 2, 64, 1};
  Calibration calibration = tiles_of_128();
  calibration.forward.peak_fraction.value = 0.5;
  calibration.forward.start.value = Seconds(3e-3);
  calibration.forward.tail.value = 0.25;
  const double kept = 2560.0 * 2561 / 2, edge = 2560 * 128 / 2.0;
  const double body = 4 * 64 * (kept + edge) * 2 / (0.5 * 10e9);
  const double longest = 4 * 64 * 2560.0 * 128 / (0.5 * 1e9);
  CHECK(forward_seconds(square(2560, causal), shape, ten_processors(), calibration) ==
        Approx(3e-3 + body + 0.25 * longest).epsilon(1e-12));
}

TEST_CASE("a kernel is never faster than its longest row of tiles") {
  const AttentionShape shape{1, 1, 64, 1};
  DeviceSpec device = ten_processors();
  device.multiprocessors.value = 1000;
  const Calibration calibration = tiles_of_128();
  const double one = 10e9 / 1000;
  CHECK(forward_seconds(square(2560, causal), shape, device, calibration) ==
        Approx(4 * 64 * 2560.0 * 128 / one).epsilon(1e-12));
}

TEST_CASE("a small memory bandwidth bounds a kernel by its bytes") {
  const AttentionShape shape{8, 2, 64, 3};
  DeviceSpec device = ten_processors();
  device.memory_bandwidth.value = BytesPerSecond(1e6);
  Calibration calibration = tiles_of_128();
  calibration.memory_efficiency.value = 0.5;
  // Q, O: 8 heads, K, V: 2 heads; backward has dO, dQ, dK, dV too.
  const double bytes = 2.0 * 3 * 64 * 2 * (256 * 8 + 256 * 2);
  CHECK(forward_seconds(square(256, full), shape, device, calibration) ==
        Approx(bytes / 0.5e6).epsilon(1e-12));
  CHECK(attention_time(square(256, full), shape, Direction::backward, 2, device, calibration).value ==
        Approx(2 * bytes / 0.5e6).epsilon(1e-12));
}

TEST_CASE("an empty block costs nothing") {
  const Calibration& calibration = built_in_calibration("h100-sxm");
  const DeviceSpec device = tests::small_node(1, 1).device;
  const BlockGeometry none = block_geometry(tokens_of(Layout::contiguous, 64, 2, 0),
                                            tokens_of(Layout::contiguous, 64, 2, 1), causal);
  REQUIRE(none.empty());
  CHECK(attention_time(none, {8, 8, 128, 1}, Direction::forward, 2, device, calibration).value == 0);
  const Elementwise merge{ElementwiseKind::merge, Bytes(4096), Bytes(0)};
  CHECK(elementwise_time(merge, none, device, calibration).value == 0);
}

TEST_CASE("more rows, more heads or more sequences never take less time") {
  constexpr double rounding = 1 - 1e-12;
  const DeviceSpec device = tests::small_node(1, 1).device;
  const Calibration& calibration = built_in_calibration("a100-sxm-80gb");
  for (const Mask& mask : {full, causal, Mask{MaskKind::sliding, 700}})
    for (const Direction direction : {Direction::forward, Direction::backward}) {
      const auto seconds = [&](std::int64_t rows, std::int64_t heads, std::int64_t batch) {
        return attention_time(square(rows, mask), {heads, heads, 128, batch}, direction, 2, device,
                              calibration)
            .value;
      };
      for (std::int64_t rows = 64; rows < 8192; rows += 97) {
        CAPTURE(static_cast<int>(mask.kind), static_cast<int>(direction), rows);
        REQUIRE(seconds(rows + 97, 4, 1) >= seconds(rows, 4, 1) * rounding);
      }
      for (std::int64_t more = 1; more < 200; ++more) {
        CAPTURE(static_cast<int>(mask.kind), static_cast<int>(direction), more);
        REQUIRE(seconds(2048, more + 1, 1) >= seconds(2048, more, 1) * rounding);
        REQUIRE(seconds(2048, 3, more + 1) >= seconds(2048, 3, more) * rounding);
      }
    }
}

TEST_CASE("time rises in steps of waves and is flat between them") {
  const Calibration calibration = tiles_of_128();
  const DeviceSpec device = ten_processors();
  const auto seconds = [&](std::int64_t heads) {
    return forward_seconds(square(128, full), {heads, heads, 64, 1}, device, calibration);
  };
  // One tile a head on ten processors.
  CHECK(seconds(1) == Approx(seconds(10)).epsilon(1e-12));
  CHECK(seconds(11) == Approx(2 * seconds(10)).epsilon(1e-12));
  CHECK(seconds(20) == Approx(seconds(11)).epsilon(1e-12));
}

TEST_CASE("a carried merge reads and writes once, a separate one passes as often as calibrated") {
  DeviceSpec device = ten_processors();
  device.memory_bandwidth.value = BytesPerSecond(1e6);
  Calibration calibration = tiles_of_128();
  calibration.launch.value = Seconds(0.5);
  const Elementwise merge{ElementwiseKind::merge, Bytes(100), Bytes(0)};
  const BlockGeometry block = square(10, full);
  CHECK(elementwise_time(merge, block, device, calibration).value == Approx(2 * 1000 / 1e6));
  calibration.merge_style = MergeStyle::separate;
  CHECK(elementwise_time(merge, block, device, calibration).value == Approx(0.5 + 8 * 1000 / 1e6));
  const Elementwise add{ElementwiseKind::accumulate_local, Bytes(0), Bytes(30)};
  CHECK(elementwise_time(add, block, device, calibration).value == Approx(0.5 + 300 / 1e6));
}
