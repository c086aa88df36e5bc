#include "cli/plan_json.h"

#include <cmath>
#include <stdexcept>

#include "cli/scenario_json.h"
#include "costmodel/answer/calibration_report.h"
#include "costmodel/plan/plan_alias.h"
#include "costmodel/plan/plan_text.h"

namespace cli {

using costmodel::Figure;

namespace {

Json number_json(double value) {
  // A figure that is no number is a mistake of ours and must not travel on.
  if (!std::isfinite(value)) throw std::logic_error("a figure is not a finite number");
  return value;
}

// Figures "phases.<phase>.time" and so on as {"<phase>": {"time": ...}}.
Json phases_json(const std::vector<Figure>& figures) {
  Json phases = Json::object();
  const std::string prefix = "phases.";
  for (const Figure& figure : figures) {
    if (!figure.name.starts_with(prefix)) continue;
    const std::size_t dot = figure.name.rfind('.');
    phases[figure.name.substr(prefix.size(), dot - prefix.size())][figure.name.substr(dot + 1)] =
        quantity_json(figure);
  }
  return phases;
}

Json items_json(const std::vector<Figure>& figures, const std::string& prefix) {
  Json items = Json::object();
  for (const Figure& figure : figures)
    if (figure.name.starts_with(prefix)) items[figure.name.substr(prefix.size())] = quantity_json(figure);
  return items;
}

// null for a plan that was never priced.
Json figure_json(const costmodel::PlanReport& report, const std::string& name) {
  return report.priced() ? quantity_json(report.figure(name)) : Json(nullptr);
}

Json axes_json(const costmodel::Plan& plan) {
  Json axes = Json::object();
  for (const auto& [key, value] : costmodel::axes_of(plan)) {
    const bool count = !value.empty() && value.find_first_not_of("0123456789") == std::string::npos;
    axes[key] = count ? Json(std::stoll(value)) : Json(value);
  }
  return axes;
}

Json constants_json(const costmodel::Calibration& calibration) {
  Json json;
  json["name"] = calibration.name;
  json["method"] = calibration.method;
  json["residuals"] = {{"attention_forward", calibration.forward.residual},
                       {"attention_backward", calibration.backward.residual},
                       {"links", calibration.link_residual},
                       {"method", calibration.method_residual},
                       {"run", calibration.run_residual}};
  for (const costmodel::CalibrationConstant& constant : constants_of(calibration))
    json["constants"][constant.name] = {{"value", number_json(constant.value)},
                                        {"unit", constant.unit},
                                        {"provenance", costmodel::name_of(constant.provenance)},
                                        {"source", constant.source}};
  if (const auto& on = calibration.measured)
    json["measured"] = {{"date", on->date},    {"machine", on->machine}, {"backend", on->backend},
                        {"cores", on->cores},  {"ranks", on->ranks},     {"samples", on->samples},
                        {"spread", on->spread}};
  return json;
}

}  // namespace

Json quantity_json(const Figure& figure) {
  Json json;
  json["value"] = number_json(figure.value);
  json["unit"] = costmodel::symbol_of(figure.unit);
  json["low"] = number_json(figure.low);
  json["high"] = number_json(figure.high);
  json["formula"] = figure.formula;
  const bool exact = figure.interval_formula.empty() || figure.low == figure.high;
  json["interval_formula"] = exact ? Json(nullptr) : Json(figure.interval_formula);
  json["provenance"] = costmodel::name_of(figure.provenance);
  return json;
}

Json plan_json(const costmodel::PlanReport& report) {
  Json json = short_plan_json(report);
  for (const char* name : {"slowdown", "tokens_per_second_per_gpu", "tflops_per_gpu", "max_sequence"})
    json[name] = figure_json(report, name);
  // Of plans that have the host work.
  if (costmodel::find_figure(report.figures, "host") != nullptr) json["host"] = figure_json(report, "host");
  json["phases"] = phases_json(report.figures);
  json["traffic"]["items"] = items_json(report.figures, "traffic.items.");
  json["memory"]["items"] = items_json(report.figures, "memory.items.");
  if (report.memory_over_time.empty()) return json;
  for (const char* name : {"tokens_per_second", "model_flops", "model_flops_utilization"})
    json[name] = figure_json(report, name);
  json["compute_items"] = items_json(report.figures, "compute.items.");
  for (const char* name : {"allocated", "cached"})
    json["memory"][name] = figure_json(report, std::string("memory.") + name);
  if (costmodel::find_figure(report.figures, "memory.host") != nullptr)
    json["memory"]["host"] = figure_json(report, "memory.host");
  json["memory"]["over_time"] = Json::array();
  for (const costmodel::MemoryMoment& moment : report.memory_over_time)
    json["memory"]["over_time"].push_back({{"phase", moment.phase},
                                           {"repeat", moment.repeat},
                                           {"before", number_json(moment.before.value)},
                                           {"peak", number_json(moment.peak.value)},
                                           {"after", number_json(moment.after.value)},
                                           {"unit", "B"}});
  return json;
}

Json short_plan_json(const costmodel::PlanReport& report) {
  Json json;
  json["alias"] = report.alias;
  json["name"] = report.name;
  json["axes"] = axes_json(report.price.plan);
  json["fits"] = report.runs();
  json["rejected"] = report.runs() ? Json(nullptr) : Json(report.price.rejected->text);
  for (const char* name : {"time", "exposed", "compute"}) json[name] = figure_json(report, name);
  for (const char* name : {"per_gpu", "intra", "inter"})
    json["traffic"][name] = figure_json(report, std::string("traffic.") + name);
  json["memory"]["peak"] = figure_json(report, "memory.peak");
  return json;
}

Json plans_json(const std::vector<costmodel::PlanReport>& reports) {
  Json plans = Json::array();
  for (const costmodel::PlanReport& report : reports) plans.push_back(plan_json(report));
  return plans;
}

Json verdict_json(const costmodel::Verdict& verdict, const costmodel::Scenario& scenario) {
  Json json;
  json["text"] = verdict.text;
  json["plan"] = verdict.plan.empty() ? Json(nullptr) : Json(verdict.plan);
  json["tie_with"] = verdict.tie_with;
  json["reasons"] = Json::array();
  for (const costmodel::Reason& reason : verdict.reasons) json["reasons"].push_back(reason.text);
  json["flips"] = Json::array();
  for (const costmodel::FlipPoint& flip : verdict.flips) {
    const bool tokens = flip.knob == costmodel::FlipKnob::sequence;
    const bool nic = flip.knob == costmodel::FlipKnob::nic_bandwidth;
    json["flips"].push_back({{"over", tokens ? "sequence"
                                      : nic  ? "nic_bandwidth"
                                             : "link_bandwidth"},
                             {"side", flip.above ? "above" : "below"},
                             {"value", number_json(flip.value)},
                             {"unit", tokens ? "tokens" : "B/s"},
                             {"winner", costmodel::plan_name(flip.winner, scenario)}});
  }
  json["longest_sequence"] = verdict.longest_sequence;
  json["changes"] = Json::array();
  for (const costmodel::MemoryChange& change : verdict.changes)
    json["changes"].push_back({{"text", change.text},
                               {"memory", {{"value", number_json(change.memory.value)}, {"unit", "B"}}},
                               {"slowdown", number_json(change.slowdown)}});
  json["nearest_change"] = verdict.nearest_change.empty() ? Json(nullptr) : Json(verdict.nearest_change);
  return json;
}

Json calibration_json(const costmodel::Pricer& pricer) {
  const auto calibrations = calibrations_of(pricer);
  Json json = constants_json(*calibrations.front());
  const auto& chosen = pricer.scenario().calibrations;
  json["file"] = chosen ? Json(chosen->name) : Json(nullptr);
  for (std::size_t i = 1; i < calibrations.size(); ++i)
    json["groups"].push_back(constants_json(*calibrations[i]));
  return json;
}

Json explanation_json(const Explanation& explanation) {
  Json list = Json::array();
  for (const Figure& figure : explanation.figures) {
    Json json;
    json["plan"] = explanation.plan;
    json["name"] = figure.name;
    json.update(quantity_json(figure));
    json["expression"] = figure.expression;
    json["inputs"] = Json::array();
    for (const costmodel::FigureInput& input : figure.inputs)
      json["inputs"].push_back({{"symbol", input.symbol},
                                {"meaning", input.meaning},
                                {"text", input.text},
                                {"provenance", costmodel::name_of(input.provenance)},
                                {"source", input.source}});
    list.push_back(std::move(json));
  }
  return list;
}

Json answer_json(const std::string& command, const costmodel::Pricer& pricer) {
  Json json;
  json["schema"] = "ringside/" + command + "/1";
  json["scenario"] = scenario_json(pricer.scenario());
  json["calibration"] = calibration_json(pricer);
  return json;
}

Json error_json(const std::string& message, const costmodel::InputLocation& where) {
  const auto or_null = [](const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); };
  const auto number = [](int n) { return n > 0 ? Json(n) : Json(nullptr); };
  Json json;
  json["error"]["message"] = message;
  json["error"]["file"] = or_null(where.file);
  json["error"]["line"] = number(where.line);
  json["error"]["column"] = number(where.column);
  json["error"]["key"] = or_null(where.key);
  return json;
}

std::string json_text(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace cli
