#include "costmodel/price/attention_time.h"

#include <algorithm>
#include <cmath>

namespace costmodel {

namespace {

double flops_per_pair(const AttentionShape& shape, Direction direction, double beside = 0) {
  const double matmuls = direction == Direction::forward ? 4.0 : 10.0;
  return matmuls * static_cast<double>(shape.head_dim) + beside;
}

}  // namespace

Flops attention_flops(const BlockGeometry& block, const AttentionShape& shape, Direction direction) {
  return Flops(flops_per_pair(shape, direction) * block.kept_pairs *
               static_cast<double>(shape.heads * shape.batch));
}

Seconds attention_time(const BlockGeometry& block, const AttentionShape& shape, Direction direction,
                       double element, const DeviceSpec& device, const Calibration& calibration) {
  if (block.empty()) return Seconds(0);
  const AttentionRate& rate = direction == Direction::forward ? calibration.forward : calibration.backward;
  const double pair = flops_per_pair(shape, direction, rate.pair_flop.value);
  const double heads = static_cast<double>(shape.heads * shape.batch);
  // Tiles own query rows forward and key rows backward; the other side is walked.
  const std::int64_t rows = direction == Direction::forward ? block.query_rows : block.key_rows;
  const double tiles = heads * std::ceil(static_cast<double>(rows) / rate.tile_rows);
  const double processors = device.multiprocessors.value;
  const FlopsPerSecond one = matrix_rate(device, element) * (rate.peak_fraction.value / processors);
  // A mask edge crosses tiles: each of its rows computes half a tile row more than the mask keeps.
  const double computed = block.kept_pairs + static_cast<double>(block.edge_rows) * rate.tile_columns / 2.0;
  const Flops total(pair * computed * heads);
  Seconds time = total / (one * processors);
  const double waves = tiles / processors;
  if (block.edge_rows == 0) {
    // Equal tiles: the last wave takes as long as a full one.
    time = time * (std::ceil(waves) / waves);
  } else {
    // Unequal tiles: the longest one may start last.
    const std::int64_t longest_column = std::min(block.query_rows, block.longest_row);  // as masks are: alike
    const double walked =
        static_cast<double>(direction == Direction::forward ? block.longest_row : longest_column);
    const Flops longest(pair * walked * rate.tile_rows);
    time += (longest / one) * rate.tail.value;
    time = std::max(time, longest / one);
  }
  // Roofline: Q, K, V read and O written once; backward reads dO too and writes three gradients.
  const double tensors = direction == Direction::forward ? 2.0 : 4.0;
  const Bytes moved(static_cast<double>(shape.batch * shape.head_dim) * element * tensors *
                    static_cast<double>(block.query_rows * shape.heads + block.key_rows * shape.kv_heads));
  time = std::max(time, moved / (device.memory_bandwidth.value * calibration.memory_efficiency.value));
  return rate.start.value + time;
}

Seconds elementwise_time(const Elementwise& work, const BlockGeometry& block, const DeviceSpec& device,
                         const Calibration& calibration) {
  if (!work.by_block())
    return calibration.launch.value +
           work.fixed / (device.memory_bandwidth.value * calibration.memory_efficiency.value);
  if (block.empty() && work.kind != ElementwiseKind::delta) return Seconds(0);
  const bool by_kernel =
      work.kind == ElementwiseKind::merge || work.kind == ElementwiseKind::accumulate_local;
  if (by_kernel && calibration.merge_style == MergeStyle::inside) return Seconds(0);
  Bytes bytes = work.per_query_row * static_cast<double>(block.query_rows) +
                work.per_key_row * static_cast<double>(block.key_rows);
  Seconds launch = calibration.launch.value;
  if (work.kind == ElementwiseKind::merge) {
    // `bytes` is one pass over the fp32 output.  A kernel that carries its state reads and writes it once,
    // unlaunched.
    if (calibration.merge_style == MergeStyle::carried) {
      bytes = bytes * 2.0;
      launch = Seconds(0);
    } else {
      bytes = bytes * calibration.merge_passes.value;
    }
  }
  return launch + bytes / (device.memory_bandwidth.value * calibration.memory_efficiency.value);
}

}  // namespace costmodel
