#include "costmodel/price/gemm_time.h"

#include "costmodel/price/attention_time.h"
#include "tests/catch.h"
#include "tests/schedule/test_scenarios.h"

using namespace costmodel;

namespace {

// 100 multiprocessors of 3 TFLOP/s, all of it reached, no fixed costs.
DeviceSpec device() { return tests::small_node(1, 1).device; }

double seconds(const Gemm& gemm) { return gemm_time(gemm, 2, device(), tests::ideal_calibration()).value; }

}  // namespace

TEST_CASE("one wave of tiles takes as long as one tile") {
  // 10 x 10 tiles of 256 x 128 on 100 multiprocessors: 2 x 256 x 128 x 1024 flop each.
  CHECK(seconds({"", 2560, 1280, 1024}) == Approx(2.0 * 256 * 128 * 1024 / 3e12).epsilon(1e-12));
  // One row of tiles more needs a second wave of large tiles; tiles of 128 x 64 then end first: 21 x 20 of
  // them in five waves of a quarter of the work, at 78 % of the rate.
  CHECK(seconds({"", 2561, 1280, 1024}) == Approx(5 * 2.0 * 128 * 64 * 1024 / (0.78 * 3e12)).epsilon(1e-12));
}

TEST_CASE("large products run at the best rate") {
  const Gemm large{"", 64000, 64000, 8192};
  CHECK(seconds(large) == Approx(large.flops().value / 300e12).epsilon(0.01));
  CHECK(seconds(large) >= large.flops().value / 300e12);
}

TEST_CASE("one row is bound by reading the matrix") {
  // 4096 x 32000 weights of 2 bytes over 2 TB/s.
  const double bytes = 2.0 * (4096 + 4096.0 * 32000 + 32000);
  CHECK(seconds({"", 1, 32000, 4096}) == Approx(bytes / 2e12).epsilon(1e-12));
}

TEST_CASE("a weight gradient with few tiles splits its long sum") {
  // 4 x 8 tiles would leave two thirds of the device idle.
  const Gemm gradient{"", 1024, 1024, 1 << 20};
  CHECK(seconds(gradient) == Approx(gradient.flops().value / (0.85 * 300e12)).epsilon(1e-12));
  // With more rows than the sum is long there are tiles enough: 1024 x 3 of 128 x 64 in 31 waves.
  const Gemm tall{"", 131072, 192, 16384};
  CHECK(seconds(tall) == Approx(31 * 2.0 * 128 * 64 * 16384 / (0.78 * 3e12)).epsilon(1e-12));
}

TEST_CASE("every kernel starts once, however many experts it serves") {
  Calibration calibration = tests::ideal_calibration();
  calibration.gemm.start.value = Seconds(1e-3);
  Gemm gemm{"", 2560, 1280, 1024};
  const double wave = 2.0 * 256 * 128 * 1024 / 3e12;
  CHECK(gemm_time(gemm, 2, device(), calibration).value == Approx(1e-3 + wave).epsilon(1e-12));
  gemm.batch = 8;
  CHECK(gemm_time(gemm, 2, device(), calibration).value == Approx(1e-3 + 8 * wave).epsilon(1e-12));
  gemm.calls = 3;
  CHECK(gemm_time(gemm, 2, device(), calibration).value == Approx(3 * (1e-3 + 8 * wave)).epsilon(1e-12));
}

TEST_CASE("experts share one kernel, chunks are kernels of their own") {
  const Gemm one{"", 2560, 1280, 1024};
  Gemm experts = one, chunks = one;
  experts.batch = 8;
  chunks.calls = 8;
  CHECK(seconds(experts) == Approx(8 * seconds(one)).epsilon(1e-12));
  CHECK(seconds(chunks) == Approx(8 * seconds(one)).epsilon(1e-12));
  // Small experts fill a wave together, small chunks do not.
  Gemm small{"", 256, 128, 128}, small_chunks = small;
  small.batch = 50;
  small_chunks.calls = 50;
  CHECK(seconds(small) < 0.5 * seconds(small_chunks));
}

TEST_CASE("nothing to multiply takes no time, and a pass without bytes its launch") {
  CHECK(seconds({"", 0, 128, 128}) == 0);
  Calibration calibration = tests::ideal_calibration();
  calibration.launch.value = Seconds(8e-6);
  const Elementwise pass{ElementwiseKind::norm, Bytes(0), Bytes(0), Bytes(4e9)};
  CHECK(elementwise_time(pass, {}, device(), calibration).value == Approx(8e-6 + 4e9 / 2e12).epsilon(1e-12));
}

TEST_CASE("operands in fp8 run at the fp8 rate and are half as many bytes") {
  DeviceSpec with_fp8 = device();
  with_fp8.fp8_rate.value = FlopsPerSecond(600e12);
  Calibration calibration = tests::ideal_calibration();
  calibration.gemm.fp8_fraction.value = 1;
  const auto time = [&](const Gemm& gemm) { return gemm_time(gemm, 2, with_fp8, calibration).value; };
  Gemm large{"", 64000, 64000, 8192}, row{"", 1, 32000, 4096};
  const double bf16 = time(large);
  large.operand = row.operand = 1;
  CHECK(time(large) == Approx(bf16 / 2).epsilon(1e-12));
  // Libraries reach a smaller share of the fp8 rate: half of twice the rate is the 16-bit time again.
  calibration.gemm.fp8_fraction.value = 0.5;
  CHECK(time(large) == Approx(bf16).epsilon(1e-12));
  calibration.gemm.fp8_fraction.value = 1;
  CHECK(time(row) == Approx((1.0 * (4096 + 4096.0 * 32000) + 2.0 * 32000) / 2e12).epsilon(1e-12));
}
