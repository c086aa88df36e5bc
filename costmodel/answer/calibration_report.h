// What a prediction rests on: the calibration with its residuals, and the hardware numbers that nobody
// measured.
#pragma once

#include <string>
#include <vector>

#include "costmodel/price/plan_price.h"

namespace costmodel {

// "calibration: a100 built in; attention rates published, residual 5 %; ..." and the assumed hardware
// numbers.
std::string calibration_text(const Pricer& pricer);

// "attention of one layer, forward + backward; parameters and other activations are not counted"
std::string scope_text(const Scenario& scenario);

// Calibrations of the cluster's node groups, each once.
std::vector<const Calibration*> calibrations_of(const Pricer& pricer);

// One number of a calibration.
struct CalibrationConstant {
  std::string name;
  double value = 0;
  std::string unit;
  Provenance provenance = Provenance::assumed;
  std::string source;
};
std::vector<CalibrationConstant> constants_of(const Calibration& calibration);

}  // namespace costmodel
