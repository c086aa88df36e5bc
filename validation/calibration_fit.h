// Few physical constants per device and link class, fitted to published measurements by robust least squares.
//
// Every constant has a prior, so that what no row speaks of stays where it was; a row counts by the noise of
// published values, and many rows of one kind from one source count as few.   Formulas 6.1 to 6.3.
#pragma once

#include <string>
#include <vector>

#include "costmodel/price/calibration_set.h"
#include "validation/reproduction.h"

namespace validation {

// A constant that is fitted, the same for all devices of the list.  It is searched on a logarithmic scale:
// `prior_sigma` 0.15 means "within 15 % or so".
struct FitParameter {
  std::string name;                  // "a100: forward_peak_fraction"
  std::vector<std::string> devices;  // empty for the constants of a link class
  std::string key;                   // of calibration_keys.h, or "staged_exchange"
  double prior = 0, prior_sigma = 0;
  double value = 0, sigma = 0;  // fitted; relative, one standard deviation
  // Which rows say how large it is: share of what all rows together say, largest first.
  struct Constraint {
    std::string row;
    double share = 0;
  };
  std::vector<Constraint> constraints;
  double from_rows = 0;  // share of the information that is the rows', not the prior's
};

struct CalibrationFit {
  costmodel::CalibrationSet set;
  std::vector<FitParameter> parameters;
  std::vector<ReproducedRow> before, after;  // times of the rows by the prior and by the fit
  // Every source's rows of one GPU type, predicted by a fit to all others.
  std::vector<ReproducedRow> left_out;
  // Their mean |error|.
  double cross_validated = 0;
  int groups = 0;      // that were left out in turn
  int iterations = 0;  // of the minimisation
};

CalibrationFit fit_calibrations(const costmodel::CalibrationSet& prior,
                                const std::vector<PublishedRow>& rows);

}  // namespace validation
