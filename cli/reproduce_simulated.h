// The simulated half of `ringside reproduce`: every row in a process of its own.
#pragma once

#include <optional>
#include <vector>

#include "cli/progress.h"
#include "validation/reproduction.h"

namespace cli {

// Nothing when interrupted.  A row whose simulation fails is skipped with the reason.
std::optional<std::vector<validation::ReproducedRow>> simulated_rows(
    const std::vector<validation::PublishedRow>& rows, const costmodel::CalibrationSet& calibrations,
    Progress& progress);

}  // namespace cli
