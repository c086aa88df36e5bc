// Time of dense matrix products on one device.  Formula 3.9 of docs/model.md.
#pragma once

#include "costmodel/price/calibration.h"
#include "costmodel/schedule/schedule.h"
#include "costmodel/spec/cluster_spec.h"

namespace costmodel {

// All calls of the product: whole waves of output tiles, the tile shape that ends first, at least the time
// that its operands take through device memory.
Seconds gemm_time(const Gemm& gemm, double element, const DeviceSpec& device, const Calibration& calibration);

}  // namespace costmodel
