// What the attention kernels are given: pointers, strides, positions.  One struct per kernel, passed by
// value.
#pragma once

#include <cstdint>

#include "kernels/position_rule.h"

namespace kernels {

// Strides in numbers; the dim axis is contiguous.
struct DeviceTensor {
  void* data = nullptr;
  std::int64_t batch_stride = 0, row_stride = 0, head_stride = 0;
};
struct DeviceRows {
  float* data = nullptr;
  std::int64_t batch_stride = 0, head_stride = 0, row_stride = 0;
};

struct BlockShape {
  int batch = 0, rows = 0, keys = 0;
  int heads = 0, key_heads = 0, group = 1;  // group = heads / key_heads
};

struct ForwardArguments {
  DeviceTensor q, k, v;                 // 16-bit
  DeviceTensor output;                  // fp32, carried
  DeviceRows running_max, running_sum;  // carried
  BlockShape shape;
  PositionRule position;
  Mask mask;
  float scale = 0;
};

struct BackwardArguments {
  DeviceTensor q, k, v, d_output;  // 16-bit
  DeviceTensor dq, dk, dv;         // fp32, added to
  DeviceRows lse, delta;           // of the whole row
  BlockShape shape;
  PositionRule position;
  Mask mask;
  float scale = 0;
};

}  // namespace kernels
