// The breakdown of one plan for the terminal: time by phase, traffic by link and purpose, memory by item.
#pragma once

#include <string>

#include "costmodel/answer/plan_report.h"

namespace cli {

// The plan must have been priced.
std::string estimate_text(const costmodel::Scenario& scenario, const costmodel::PlanReport& report);

}  // namespace cli
