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

// What comes and goes of a peak: all but what is resident.
costmodel::Bytes moving_bytes(const costmodel::Schedule& schedule, costmodel::Bytes peak);

// Relative error of what comes and goes, one standard deviation: what memory_error_from says of
// validation/published/calibration.csv.
constexpr double moving_memory_error = 0.0367;

// From rows that measured memory, and the 5 % that were assumed before there were any: as one source more.
double memory_error_from(std::span<const PublishedRow> rows, const costmodel::CalibrationSet& calibrations);

}  // namespace validation
