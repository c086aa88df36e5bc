#include "costmodel/price/gemm_time.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace costmodel {

namespace {

// Output tiles that libraries choose from, and the share of the best rate that a multiprocessor reaches with
// them: a tile of a x b does 2ab flop for every a + b operands that it loads.
struct Tile {
  double rows, columns, share;
};
constexpr std::array tiles{Tile{256, 128, 1.0}, Tile{128, 256, 1.0}, Tile{128, 128, 0.93},
                           Tile{128, 64, 0.78}, Tile{64, 128, 0.78}, Tile{64, 64, 0.6}};

constexpr double split_share = 0.85;  // of the best rate, when k is split and partial sums are added

double tile_count(double size, double tile) { return std::ceil(size / tile); }

}  // namespace

Seconds gemm_time(const Gemm& gemm, double element, const DeviceSpec& device,
                  const Calibration& calibration) {
  const double m = static_cast<double>(gemm.m), n = static_cast<double>(gemm.n),
               k = static_cast<double>(gemm.k), batch = static_cast<double>(gemm.batch),
               calls = static_cast<double>(gemm.calls);
  if (m <= 0 || n <= 0 || k <= 0) return Seconds(0);
  const double processors = device.multiprocessors.value;
  const double operand = gemm.operand > 0 ? gemm.operand : element;
  const FlopsPerSecond one =
      matrix_rate(device, operand) *
      ((operand < 2 ? calibration.gemm.fp8_fraction : calibration.gemm.peak_fraction).value / processors);
  Seconds fastest(std::numeric_limits<double>::infinity());
  for (const Tile& tile : tiles) {
    const double waves =
        std::ceil(tile_count(m, tile.rows) * tile_count(n, tile.columns) * batch / processors);
    const Flops work(2.0 * tile.rows * tile.columns * k);
    fastest = std::min(fastest, waves * (work / (one * tile.share)));
  }
  // Few output tiles and a long k: libraries split k over the idle multiprocessors, at best evenly.
  const Flops all(2.0 * m * n * k * batch);
  const Seconds split = all / (one * processors * split_share);
  if (k > m && k > n) fastest = std::min(fastest, split);
  const Bytes moved(batch * ((m * k + k * n) * operand + m * n * element));
  const Seconds roofline = moved / (device.memory_bandwidth.value * calibration.memory_efficiency.value);
  return calls * (calibration.gemm.start.value + std::max(fastest, roofline));
}

}  // namespace costmodel
