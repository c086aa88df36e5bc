// A published measurement as the model sees it: the scenarios to price and the plan that ran.
//
// Nothing here knows a source: every column becomes the same scenario fields that a user would write.  What
// the model cannot express is a reason, in words.
#pragma once

#include <string>
#include <vector>

#include "costmodel/price/calibration_set.h"
#include "costmodel/spec/scenario.h"
#include "validation/published_row.h"

namespace validation {

struct PublishedCase {
  std::vector<costmodel::Scenario> scenarios;  // the value is the mean over them: one per packing, else one
  costmodel::Plan plan;
  std::string skipped;  // why the row cannot be priced; empty when it can
};

PublishedCase case_of(const PublishedRow& row,
                      const costmodel::CalibrationSet& calibrations = costmodel::built_in_calibrations());

}  // namespace validation
