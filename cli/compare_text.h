// Plans side by side for the terminal: one column per plan, and what their traffic means.
#pragma once

#include <string>
#include <vector>

#include "costmodel/answer/plan_report.h"

namespace cli {

std::string compare_text(const costmodel::Scenario& scenario,
                         const std::vector<costmodel::PlanReport>& reports);

// Sentences on traffic in units of N x hidden elements: the closed-form count of each plan, the first plan
// against the others, and what tensor parallelism moves outside attention.
std::vector<std::string> traffic_notes(const costmodel::Scenario& scenario,
                                       const std::vector<costmodel::PlanReport>& reports);

}  // namespace cli
