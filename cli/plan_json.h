// Plans, figures, verdicts and calibrations as JSON: the results of every --json answer.
//
// Keys stand in a fixed order; values are in base units (s, B, B/s, flop).  The scenario is in
// scenario_json.h.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/figure_text.h"
#include "costmodel/answer/plan_report.h"
#include "costmodel/answer/verdict.h"
#include "costmodel/base/error.h"

namespace cli {

using Json = nlohmann::ordered_json;

// {"value", "unit", "low", "high", "formula", "provenance"}
Json quantity_json(const costmodel::Figure& figure);
Json plan_json(const costmodel::PlanReport& report);
// The same without parts: what a grid of thousands of points can hold.
Json short_plan_json(const costmodel::PlanReport& report);
Json plans_json(const std::vector<costmodel::PlanReport>& reports);
Json verdict_json(const costmodel::Verdict& verdict, const costmodel::Scenario& scenario);
// One object; a cluster of different nodes has several calibrations: "groups" then lists the others too.
Json calibration_json(const costmodel::Pricer& pricer);
// A quantity with its name, expression and inputs.
Json explanation_json(const Explanation& explanation);

// "schema", "scenario" and "calibration": how every answer about a scenario begins.
Json answer_json(const std::string& command, const costmodel::Pricer& pricer);

Json error_json(const std::string& message, const costmodel::InputLocation& where);

// With a line end; broken UTF-8 in names is replaced.
std::string json_text(const Json& json);

}  // namespace cli
