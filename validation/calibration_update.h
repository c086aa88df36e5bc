// Folds one run of a plan into a calibration: rates move towards what the run shows, by how much is known of
// either, and only when that is right for repetitions of the run that were not looked at.
#pragma once

#include "costmodel/price/calibration_set.h"
#include "validation/comparison.h"

namespace validation {

struct CalibrationUpdate {
  costmodel::Calibration before, after;  // of the device of the run; equal when nothing was taken
  // Of the held-back repetitions: relative, signed.
  double error_before = 0, error_after = 0;
  bool taken = false;
  std::string why_not;  // when it was not
};

// A run that is enough: half of its repetitions are held back.
constexpr int least_repetitions = 4;

enum class NoisyRun : std::uint8_t { refused, taken };

struct RunConditions {
  double core_share = 0;  // what a rank has of a core; 0: ranks are on GPUs
  NoisyRun noisy = NoisyRun::refused;
};

// What makes a run say more of the machine's other work than of the plan: attention or the whole spreads by
// more than largest_spread, or kernels took much longer than their threads computed.  "" when nothing does.
std::string busy_complaint(const Comparison& run, double core_share);

// `scenario` is as it was run and predicted with the calibrations that it names.   Formula 6.5.
CalibrationUpdate update_calibration(const costmodel::Scenario& scenario, const costmodel::Plan& plan,
                                     const costmodel::Schedule& schedule,
                                     const std::vector<RankRecord>& ranks, const RunConditions& conditions);

}  // namespace validation
