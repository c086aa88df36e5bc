// A finished sweep as text, comma-separated values and JSON.
#pragma once

#include <string>
#include <vector>

#include "cli/request.h"
#include "costmodel/answer/sweep.h"

namespace cli {

struct SweepReport {
  const costmodel::Scenario& scenario;
  const std::vector<costmodel::SweepAxis>& axes;
  const std::vector<std::string>& plans;  // as asked for; empty when all were searched
  const std::vector<costmodel::SweepPoint>& points;
};

std::string sweep_text(const SweepReport& report, const ReportOptions& options);
std::string sweep_csv(const SweepReport& report);
std::string sweep_json_text(const SweepReport& report);

}  // namespace cli
