#include <algorithm>

#include "cli/simulate_report.h"
#include "costmodel/plan/plan_alias.h"
#include "costmodel/plan/plan_text.h"
#include "simulator/link_classes.h"

namespace cli {

using simulator::PhaseOutcome;
using simulator::SimulationResult;

namespace {

Json value_json(double value, const char* unit) { return {{"value", value}, {"unit", unit}}; }

Json spread_json(const SimulationResult& result, double (*value)(const simulator::RankOutcome&)) {
  std::vector<double> sorted;
  for (const simulator::RankOutcome& rank : result.ranks) sorted.push_back(value(rank));
  std::sort(sorted.begin(), sorted.end());
  return {
      {"least", sorted.front()}, {"median", quantile(sorted, 0.5)}, {"most", sorted.back()}, {"unit", "s"}};
}

Json phase_json(const simulator::Simulation& simulation, const PhaseOutcome& phase) {
  Json json;
  json["name"] = phase.name;
  json["runs"] = phase.runs;
  json["simulated"] = phase.simulated;
  json["engine"] = name_of(phase.engine);
  json["time"] = value_json(phase.time.value, "s");
  json["analytic"] = value_json(phase.analytic.value, "s");
  json["shared_links"] = phase.shared.links.size();
  json["shared_link"] =
      phase.shared.any() ? Json(simulation.links().name(phase.shared.busiest)) : Json(nullptr);
  return json;
}

// The simulated time with the relative error of the prediction: both rest on the same calibration.
Json time_json(const costmodel::PlanPrice& price, double seconds) {
  const double scale = price.time.value > 0 ? seconds / price.time.value : 1.0;
  return {{"value", seconds},
          {"unit", "s"},
          {"low", price.low().value * scale},
          {"high", price.high().value * scale},
          {"formula", "4.9"},
          {"provenance", costmodel::name_of(costmodel::Provenance::derived)}};
}

}  // namespace

Json simulation_json(const costmodel::Pricer& pricer, const costmodel::PlanPrice& price,
                     const simulator::Simulation& simulation, const SimulationResult& result,
                     const std::string& what_if) {
  Json json = answer_json("simulate", pricer);
  json["plan"]["name"] = costmodel::plan_name(price.plan, pricer.scenario());
  for (const auto& [key, value] : costmodel::axes_of(price.plan)) json["plan"]["axes"][key] = value;
  json["plan"]["fits"] = !price.rejected;
  json["plan"]["rejected"] = price.rejected ? Json(price.rejected->text) : Json(nullptr);
  json["time"] = time_json(price, result.time.value);
  json["analytic"] = value_json(result.analytic.value, "s");
  json["compute"] = value_json(result.compute.value, "s");
  json["exposed"] = value_json(result.exposed().value, "s");
  json["ranks"] = {{"simulated", result.world.simulated},
                   {"total", result.world.total},
                   {"not_folded", result.fold_refused.empty() ? Json(nullptr) : Json(result.fold_refused)}};
  json["ranks"]["end"] = spread_json(result, [](const simulator::RankOutcome& r) { return r.end; });
  json["ranks"]["compute"] = spread_json(result, [](const simulator::RankOutcome& r) { return r.compute; });
  json["ranks"]["wait"] = spread_json(
      result, [](const simulator::RankOutcome& r) { return r.end - r.compute - r.slowdown - r.host; });
  json["phases"] = Json::array();
  for (const PhaseOutcome& phase : result.phases) json["phases"].push_back(phase_json(simulation, phase));
  json["critical_path"] = Json::object();
  for (std::size_t part = 0; part < simulator::path_part_count; ++part)
    json["critical_path"][std::string(name_of(static_cast<simulator::PathPart>(part)))] =
        value_json(result.path.seconds[part], "s");
  json["links"] = Json::array();
  for (const simulator::LinkClassUse& use : simulator::link_classes(simulation, result))
    json["links"].push_back({{"kind", name_of(use.kind)},
                             {"used", use.links},
                             {"bytes", value_json(use.bytes.value, "B")},
                             {"mean_utilisation", use.mean_utilisation},
                             {"highest_utilisation", use.highest_utilisation},
                             {"busiest", simulation.links().name(use.busiest)}});
  json["rerouted"] = result.rerouted;
  json["differences"] = difference_notes(simulation, result, what_if);
  return json;
}

}  // namespace cli
