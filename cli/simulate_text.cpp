#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/figure_text.h"
#include "cli/simulate_report.h"
#include "cli/text_table.h"
#include "costmodel/base/unit_text.h"
#include "simulator/link_classes.h"

namespace cli {

using costmodel::format_seconds;
using costmodel::Seconds;
using simulator::PathPart;
using simulator::PhaseOutcome;
using simulator::Simulation;
using simulator::SimulationResult;

namespace {

std::string seconds_text(double seconds) { return format_seconds(Seconds(seconds)); }

std::string difference_text(double value, double reference) {
  if (reference <= 0) return "";
  const double change = value / reference - 1;
  if (std::abs(change) < 5e-7) return "=";
  return std::abs(change) < 0.1 ? fmt::format("{:+.2g} %", 100 * change)
                                : fmt::format("{:+.0f} %", 100 * change);
}

std::string phase_table(const SimulationResult& result) {
  TextTable table({{"phase", Align::left},
                   {"runs", Align::right},
                   {"engine", Align::left},
                   {"simulated", Align::right},
                   {"time", Align::right},
                   {"analytic", Align::right},
                   {"difference", Align::right}});
  for (const PhaseOutcome& phase : result.phases)
    table.add({phase.name, std::to_string(phase.runs), std::string(name_of(phase.engine)),
               phase.simulated < phase.runs ? fmt::format("{} of {}", phase.simulated, phase.runs) : "all",
               format_seconds(phase.time), format_seconds(phase.analytic),
               difference_text(phase.time.value, phase.analytic.value)});
  return "\n" + table.text(2);
}

std::string path_table(const SimulationResult& result) {
  TextTable table({{"critical path", Align::left}, {"time", Align::right}, {"", Align::right, 1}});
  for (std::size_t part = 0; part < simulator::path_part_count; ++part) {
    const double seconds = result.path.seconds[part];
    if (seconds <= 1e-12 * result.time.value) continue;
    table.add({std::string(name_of(static_cast<PathPart>(part))), seconds_text(seconds),
               "(" + percent_text(seconds / result.time.value) + ")"});
  }
  return "\n" + table.text(2);
}

std::string rank_table(const SimulationResult& result) {
  TextTable table({{"ranks", Align::left},
                   {"least", Align::right},
                   {"median", Align::right},
                   {"most", Align::right},
                   {"which", Align::right}});
  const auto add = [&](const std::string& label, auto value) {
    std::vector<std::pair<double, std::size_t>> sorted;
    for (std::size_t w = 0; w < result.ranks.size(); ++w) sorted.emplace_back(value(result.ranks[w]), w);
    std::sort(sorted.begin(), sorted.end());
    if (sorted.back().first <= 0) return;
    const bool equal = sorted.back().first - sorted.front().first <= 1e-9 * sorted.back().first;
    table.add({label, seconds_text(sorted.front().first), seconds_text(sorted[sorted.size() / 2].first),
               seconds_text(sorted.back().first),
               equal ? "all" : "rank " + std::to_string(sorted.back().second)});
  };
  add("end at", [](const simulator::RankOutcome& r) { return r.end; });
  add("compute", [](const simulator::RankOutcome& r) { return r.compute; });
  add("are slowed by communication", [](const simulator::RankOutcome& r) { return r.slowdown; });
  add("work on the host", [](const simulator::RankOutcome& r) { return r.host; });
  add("wait", [](const simulator::RankOutcome& r) { return r.end - r.compute - r.slowdown - r.host; });
  return "\n" + table.text(2);
}

std::string link_table(const Simulation& simulation, const SimulationResult& result) {
  TextTable table({{"links", Align::left},
                   {"used", Align::right},
                   {"sent each", Align::right},
                   {"busy", Align::right},
                   {"busiest", Align::right},
                   {"", Align::left}});
  for (const simulator::LinkClassUse& use : simulator::link_classes(simulation, result))
    table.add({std::string(name_of(use.kind)), std::to_string(use.links),
               costmodel::format_bytes(use.bytes / use.links), percent_text(use.mean_utilisation),
               percent_text(use.highest_utilisation), simulation.links().name(use.busiest)});
  return "\n" + table.text(2);
}

}  // namespace

double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const std::size_t below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

std::string simulation_headline(const SimulationResult& result, const SimulationContext& context) {
  if (!context.runs.empty())
    return fmt::format("{}: median {}, p95 {} of {} simulations (analytic {}).", context.plan,
                       seconds_text(quantile(context.runs, 0.5)), seconds_text(quantile(context.runs, 0.95)),
                       context.runs.size(), format_seconds(result.analytic));
  return fmt::format(
      "{}: {} simulated, {} exposed (analytic {}{}).", context.plan, format_seconds(result.time),
      percent_text(result.exposed() / result.time), format_seconds(result.analytic),
      result.analytic.value > 0 ? ", difference " + difference_text(result.time.value, result.analytic.value)
                                : "");
}

std::vector<std::string> simulation_notes(double time, const SimulationContext& context) {
  std::vector<std::string> notes;
  if (!context.warning.empty()) notes.push_back("It does not run for real: " + context.warning + ".");
  if (!context.what_if.empty()) {
    std::string note = "Assumed: " + context.what_if + ".";
    if (context.nominal)
      note += fmt::format(" Without it {}: it costs {}.", seconds_text(*context.nominal),
                          difference_text(time, *context.nominal) == "="
                              ? std::string("nothing")
                              : difference_text(time, *context.nominal));
    notes.push_back(note);
  }
  if (!context.runs.empty())
    notes.push_back(fmt::format("Seeds {} to {}: from {} to {}. The tables below show the first.",
                                context.first_seed, context.first_seed + context.runs.size() - 1,
                                seconds_text(context.runs.front()), seconds_text(context.runs.back())));
  return notes;
}

std::vector<std::string> difference_notes(const Simulation& simulation, const SimulationResult& result,
                                          const std::string& what_if) {
  std::vector<std::string> notes;
  for (const PhaseOutcome& phase : result.phases) {
    if (phase.analytic.value <= 0 || std::abs(phase.time / phase.analytic - 1) < 1e-6) continue;
    std::vector<std::string> reasons;
    if (!what_if.empty()) reasons.push_back("what is assumed beyond the scenario");
    if (phase.shared.any())
      reasons.push_back(fmt::format(
          "{} links carry several transfers at once, such as {} with those of {} rank{}: here they share it "
          "fairly, in the analytic model transfers of one port take turns and only those of one operation "
          "meet",
          phase.shared.links.size(), simulation.links().name(phase.shared.busiest), phase.shared.most_senders,
          phase.shared.most_senders == 1 ? "" : "s"));
    if (phase.scope == costmodel::WalkScope::envelope)
      reasons.push_back("the analytic model bounds so long a ring by its slowest step");
    if (phase.partial_repetitions)
      reasons.push_back("the first and the last repetition leave out what is moved for their neighbours");
    if (phase.runs > 1) reasons.push_back("ranks do not wait for each other between repetitions");
    if (reasons.empty())
      reasons.push_back("what is assumed beyond the scenario, or ranks that begin unevenly");
    std::string text = phase.name + ": " + difference_text(phase.time.value, phase.analytic.value) + "; ";
    for (std::size_t i = 0; i < reasons.size(); ++i) text += (i == 0 ? "" : "; ") + reasons[i];
    notes.push_back(text + ".");
  }
  return notes;
}

std::string simulation_tables(const Simulation& simulation, const SimulationResult& result) {
  std::string text =
      phase_table(result) + path_table(result) + rank_table(result) + link_table(simulation, result);
  text += "\n  " +
          (result.world.folded()
               ? fmt::format("Simulated {} of {} ranks: the others repeat them exactly.",
                             result.world.simulated, result.world.total)
               : fmt::format("Simulated all {} ranks{}.", result.world.total,
                             result.fold_refused.empty() ? "" : " (" + result.fold_refused + ")")) +
          "\n";
  if (result.rerouted > 0) text += fmt::format("  {} routes avoid failed links.\n", result.rerouted);
  return text;
}

}  // namespace cli
