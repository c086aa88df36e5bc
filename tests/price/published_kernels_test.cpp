// Built-in calibrations against the published kernel times that docs/model.md lists.
#include <cmath>
#include <map>
#include <string>

#include "costmodel/price/calibration.h"
#include "tests/catch.h"
#include "tests/docs/kernel_rows.h"

using namespace costmodel;

TEST_CASE("published kernel times are met within two residuals of the calibration") {
  for (const tests::KernelRow& row : tests::kernel_rows()) {
    const Calibration& calibration = built_in_calibration(row.device);
    const double error = tests::predicted_time(row) / row.measured_time() - 1.0;
    INFO(row.device << ", h " << row.shape.heads << ", N " << row.tokens << ", B " << row.shape.batch << ", "
                    << row.phase << ": error " << 100.0 * error << " %");
    CHECK(std::abs(error) <=
          2.0 * (row.phase == "forward" ? calibration.forward : calibration.backward).residual);
  }
}

TEST_CASE("the mean error over the published kernels of a device is within its residual") {
  struct Sum {
    double squares = 0;
    int rows = 0;
  };
  std::map<std::string, Sum> devices;
  for (const tests::KernelRow& row : tests::kernel_rows()) {
    const double error = tests::predicted_time(row) / row.measured_time() - 1.0;
    Sum& sum = devices[row.device];
    sum.squares += error * error;
    ++sum.rows;
  }
  for (const auto& [device, sum] : devices) {
    INFO(device);
    CHECK(std::sqrt(sum.squares / sum.rows) <= built_in_calibration(device).forward.residual);
  }
}

TEST_CASE("a window's longest key tile sees the window's queries, not all of them") {
  constexpr std::int64_t tokens = 131072, window = 4096;
  const TokenSet all = all_tokens(tokens);
  const BlockGeometry block = block_geometry(all, all, {MaskKind::sliding, window});
  // One head: few tiles per multiprocessor, so that a tail as long as the sequence would show.
  const AttentionShape shape{1, 1, 128, 1};
  const DeviceSpec& device = *find_device_preset("a100-sxm-80gb");
  const Calibration& calibration = built_in_calibration(device.name);
  const double rate = device.tensor_rate.value.value * calibration.backward.peak_fraction.value;
  const double useful = attention_flops(block, shape, Direction::backward).value / rate;
  CHECK(attention_time(block, shape, Direction::backward, 2, device, calibration).value < 1.2 * useful);
}
