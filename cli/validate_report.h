// What `ringside validate` found, as text and as JSON.
#pragma once

#include <string>

#include "cli/plan_json.h"
#include "cli/request.h"
#include "validation/validate_plan.h"

namespace cli {

struct ValidateReport {
  validation::ValidationReport validation;
  costmodel::Plan plan;
  std::string plan_name;
  std::string backend;    // "cpu: AVX-512, ...": what ran
  std::string ranks;      // "4 ranks as threads on 2 cores"
  double core_share = 0;  // what a rank has of a core; 0: ranks are on GPUs
  std::string update;     // the calibration file that the run was to be folded into; or ""
};

std::string validate_text(const ValidateReport& report, costmodel::Pricer& pricer,
                          const ReportOptions& options);
Json validate_json(const ValidateReport& report, costmodel::Pricer& pricer);

}  // namespace cli
