// Lines that several text reports share.
#pragma once

#include <string>

#include "cli/request.h"
#include "costmodel/answer/plan_report.h"
#include "costmodel/answer/verdict.h"

namespace cli {

// The first line, the reasons, the longest sequence.  With `quiet` the first line alone.
std::string verdict_text(const costmodel::Verdict& verdict, const costmodel::Scenario& scenario,
                         const ReportOptions& options);

// What the prediction covers, what it rests on, and how to look behind a figure: "--explain burst.time".
std::string closing_text(const costmodel::Pricer& pricer, const std::string& example);

// How --explain names a figure of this plan; "" when it was never priced.
std::string explain_example(const costmodel::PlanReport& report, const std::string& figure);

}  // namespace cli
