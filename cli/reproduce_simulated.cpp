#include "cli/reproduce_simulated.h"

#include <nlohmann/json.hpp>
#include <thread>

#include "cli/cancellation.h"
#include "simulator/child_process.h"
#include "simulator/simulation.h"

namespace cli {

using costmodel::Seconds;
using validation::PublishedCase;
using Json = nlohmann::json;

namespace {

// Memory is the same in every engine.
bool has_time(const validation::PublishedRow& row, const PublishedCase& published) {
  return published.skipped.empty() && row.metric != validation::Metric::memory;
}

simulator::ChildWork work_of(const costmodel::Scenario& scenario, const costmodel::Plan& plan,
                             const costmodel::CalibrationSet& calibrations) {
  return [&scenario, &plan, &calibrations](simulator::ProgressSink& progress) {
    costmodel::Pricer pricer(scenario, calibrations);
    simulator::SimulationOptions how;
    how.critical_path = false;
    how.progress = &progress;
    return Json(simulator::Simulation(pricer, plan, how).run().time.value).dump();
  };
}

}  // namespace

std::optional<std::vector<validation::ReproducedRow>> simulated_rows(
    const std::vector<validation::PublishedRow>& rows, const costmodel::CalibrationSet& calibrations,
    Progress& progress) {
  std::vector<PublishedCase> cases;
  cases.reserve(rows.size());
  for (const validation::PublishedRow& row : rows) cases.push_back(validation::case_of(row, calibrations));
  std::vector<simulator::ChildWork> work;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (has_time(rows[i], cases[i]))
      for (const costmodel::Scenario& scenario : cases[i].scenarios)
        work.push_back(work_of(scenario, cases[i].plan, calibrations));

  const Cancellation cancellation;
  simulator::ChildrenOptions how;
  how.at_once = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  how.progress = [&](double share) { progress.update(static_cast<std::size_t>(1000 * share), 1000); };
  how.cancelled = [&] { return cancellation.requested(); };
  const std::vector<simulator::ChildOutcome> outcomes = simulator::run_children(work, how);

  std::vector<validation::ReproducedRow> result;
  std::size_t next = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::vector<Seconds> times;
    for (std::size_t s = 0; has_time(rows[i], cases[i]) && s < cases[i].scenarios.size(); ++s) {
      const simulator::ChildOutcome& outcome = outcomes[next++];
      if (outcome.state == simulator::ChildState::answered)
        times.emplace_back(Json::parse(outcome.text).get<double>());
      else if (outcome.state == simulator::ChildState::refused ||
               outcome.state == simulator::ChildState::failed)
        cases[i].skipped = outcome.text;
      else
        return std::nullopt;
    }
    if (!cases[i].skipped.empty()) cases[i].scenarios.clear();
    result.push_back(validation::reproduce(rows[i], cases[i], times, calibrations));
  }
  return result;
}

}  // namespace cli
