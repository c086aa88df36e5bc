// Figures as text for people: values, half intervals, percentages, ratios, and the full explanation of one.
#pragma once

#include <string>
#include <vector>

#include "cli/plan_report.h"
#include "costmodel/price/figure.h"

namespace cli {

std::string value_text(const costmodel::Figure& figure);  // "412 ms"
std::string interval_text(
    const costmodel::Figure& figure);    // "+-16", in the unit of the value; "" when exact
std::string percent_text(double share);  // "5.4 %"
std::string change_text(double ratio);   // "-17 %", "+2.1 %", "="
std::string ratio_text(double ratio);    // "2.2x", "1.32x"

// Value, interval, formula, expression and inputs with their provenance.
std::string explanation(const costmodel::Figure& figure);

// The figures that --explain names: one ("time"), a group ("memory"), or "all".  Throws Error.
std::vector<costmodel::Figure> explained(const PlanReport& report, const std::string& name);

// "usp.time" among the plans of a report; "time" alone is the first plan's.  Throws Error.
struct Explanation {
  std::string plan;
  std::vector<costmodel::Figure> figures;
};
Explanation explained(costmodel::Pricer& pricer, const std::vector<PlanReport>& reports,
                      const std::string& name);

// All of an explanation, for the terminal.
std::string explanation_text(const Explanation& explanation);

}  // namespace cli
