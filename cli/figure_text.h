// The full explanation of figures as text for a terminal.  Short texts are in
// costmodel/price/quantity_text.h.
#pragma once

#include <string>
#include <vector>

#include "costmodel/answer/plan_report.h"
#include "costmodel/price/figure.h"
#include "costmodel/price/quantity_text.h"

namespace cli {

using costmodel::change_text;
using costmodel::interval_text;
using costmodel::percent_text;
using costmodel::ratio_text;
using costmodel::value_text;

// Value, interval, formula, expression and inputs with their provenance.
std::string explanation(const costmodel::Figure& figure);

// The figures that --explain names: one ("time"), a group ("memory"), or "all".  Throws Error.
std::vector<costmodel::Figure> explained(const costmodel::PlanReport& report, const std::string& name);

// "usp.time" among the plans of a report; "time" alone is the first plan's.  Throws Error.
struct Explanation {
  std::string plan;
  std::vector<costmodel::Figure> figures;
};
Explanation explained(costmodel::Pricer& pricer, const std::vector<costmodel::PlanReport>& reports,
                      const std::string& name);

// All of an explanation, for the terminal.
std::string explanation_text(const Explanation& explanation);

}  // namespace cli
