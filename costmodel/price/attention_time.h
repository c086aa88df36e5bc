// Time of one attention kernel and of one elementwise pass on one device.  Formulas 3.1 to 3.4 of
// docs/model.md.
#pragma once

#include "costmodel/price/calibration.h"
#include "costmodel/schedule/schedule.h"
#include "costmodel/spec/cluster_spec.h"

namespace costmodel {

// Useful work of a block: 4 d flop per kept pair, head and sequence forward, 2.5 times that backward.
// Formula 1.4.
Flops attention_flops(const BlockGeometry& block, const AttentionShape& shape, Direction direction);

// Formulas 3.1 (waves of tiles) and 3.2 (roofline).  Zero for an empty block: nothing is launched.
Seconds attention_time(const BlockGeometry& block, const AttentionShape& shape, Direction direction,
                       double element, const DeviceSpec& device, const Calibration& calibration);

// Formulas 3.3 (merge), 3.4 (other passes of attention) and 3.10 (passes over whole tensors).
Seconds elementwise_time(const Elementwise& work, const BlockGeometry& block, const DeviceSpec& device,
                         const Calibration& calibration);

}  // namespace costmodel
