// How wrong a predicted peak of memory may be.   Formula 5.9.
//
// Weights, gradients and optimizer states are counted to the byte; what comes and goes beside them is what a
// program may keep longer, pad or copy.  So the error is a share of the latter.
#pragma once

#include <span>

#include "costmodel/price/calibration_set.h"
#include "costmodel/schedule/schedule.h"
#include "validation/published_row.h"

namespace validation {

// Relative error of what comes and goes before rows were looked at.
constexpr double assumed_memory_error = 0.05;

// From rows that measured memory, and the assumed error, which counts as one source more.  Few sources know
// their spread badly: the 90 % interval is Student's.  costmodel::moving_memory_error is what this says of
// validation/published/calibration.csv.
double memory_error_from(std::span<const PublishedRow> rows, const costmodel::CalibrationSet& calibrations);

}  // namespace validation
