// The calibrations that a prediction rests on: one per device, and what links reach of what is said of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "costmodel/price/calibration.h"

namespace costmodel {

// A PCIe link without peer-to-peer moves bytes through host memory.  Tables state its rate as the bytes of a
// run over the whole run, computing included; the link itself is faster, and collectives, which keep both
// copies of a piece going at once, are faster than exchanges.   Formula 3.14.
struct StagedLink {
  Sourced<double> exchange;    // x the stated rate
  Sourced<double> collective;  // x the stated rate
};

struct CalibrationSet {
  std::string name;                  // "built in", or the file
  std::vector<Calibration> devices;  // the generic one, for any other device, has the name ""
  StagedLink staged;

  // The calibration of a device, else the generic one.
  const Calibration& of(std::string_view device) const;
  bool has(const Calibration& calibration) const;  // one of these, not a built-in one
  Calibration* find(std::string_view device);      // nullptr when it has none of its own
};

const CalibrationSet& built_in_calibrations();

}  // namespace costmodel
