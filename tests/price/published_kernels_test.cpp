// Built-in calibrations against the published kernel times of validation/published/calibration.csv.
#include <cmath>
#include <map>
#include <string>

#include "costmodel/price/attention_time.h"
#include "costmodel/spec/device_presets.h"
#include "tests/catch.h"
#include "tests/validation/published_tables.h"

using namespace costmodel;

namespace {

std::vector<validation::ReproducedRow> kernels() {
  std::vector<validation::ReproducedRow> rows;
  for (const validation::PublishedRow& row : tests::published("calibration"))
    if (row.kind == validation::RowKind::kernel) rows.push_back(validation::reproduce(row));
  return rows;
}

}  // namespace

TEST_CASE("published kernel times are met within their intervals") {
  const std::vector<validation::ReproducedRow> rows = kernels();
  REQUIRE(rows.size() == 33);
  int inside = 0;
  for (const validation::ReproducedRow& row : rows) inside += row.inside() ? 1 : 0;
  CHECK(inside >= 30);
}

TEST_CASE("published kernel times are met within 4 % on average") {
  double sum = 0;
  const std::vector<validation::ReproducedRow> rows = kernels();
  for (const validation::ReproducedRow& row : rows) sum += std::abs(row.error());
  CHECK(sum / static_cast<double>(rows.size()) <= 0.04);
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
