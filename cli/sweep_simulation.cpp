#include "cli/sweep_simulation.h"

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/simulation_worker.h"
#include "costmodel/plan/plan_text.h"
#include "costmodel/price/scenario_calibration.h"
#include "costmodel/spec/scenario_override.h"
#include "costmodel/spec/scenario_reader.h"
#include "costmodel/spec/scenario_writer.h"

namespace cli {

using costmodel::Scenario;
using costmodel::SweepAxis;
using costmodel::SweepPoint;
using Json = nlohmann::json;
using simulator::ChildState;

namespace {

// A job names the point by its values and the plan by its axes.
std::string job_text(const SweepPoint& point, const costmodel::Plan& plan) {
  return Json{{"values", point.values}, {"plan", costmodel::axes_text(plan)}}.dump();
}

// In the child: the whole way from the scenario to the simulated time.
std::string simulate_job(const Scenario& scenario, const std::vector<SweepAxis>& axes,
                         simulator::SimulationOptions how, const std::string& job,
                         simulator::ProgressSink& progress) {
  const Json json = Json::parse(job);
  Scenario there = scenario;
  for (std::size_t a = 0; a < axes.size(); ++a)
    costmodel::apply_override(there, axes[a].key, json.at("values").at(a).get<std::string>());
  costmodel::Plan plan;
  costmodel::apply_axes(plan, json.at("plan").get<std::string>());
  costmodel::Pricer pricer(there);
  how.critical_path = false;
  how.progress = &progress;
  return Json(simulator::Simulation(pricer, plan, how).run().time.value).dump();
}

WorkOfJob work_on(std::shared_ptr<const Scenario> scenario, const std::vector<SweepAxis>& axes,
                  const simulator::SimulationOptions& how) {
  return [scenario = std::move(scenario), &axes, &how](const std::string& job) -> simulator::ChildWork {
    return [&scenario = *scenario, &axes, &how, job](simulator::ProgressSink& progress) {
      return simulate_job(scenario, axes, how, job, progress);
    };
  };
}

SimulatedPlan plan_of(const simulator::ChildOutcome& outcome, GridStop stop) {
  switch (outcome.state) {
    case ChildState::answered:
      return {SimulationState::simulated, costmodel::Seconds(Json::parse(outcome.text).get<double>()), ""};
    // A GPU that is cut off, a what-if that names no rank or link of this point.
    case ChildState::refused: return {SimulationState::not_simulated, {}, outcome.text};
    case ChildState::failed: return {SimulationState::failed, {}, outcome.text};
    default:
      return {
          SimulationState::failed,
          {},
          stop == GridStop::no ? "nobody has simulated it" : "mpirun ended the job before it was simulated"};
  }
}

// Replicas side by side, as PlanPrice::per_replica.
double per_replica(const SweepPoint& point, const SimulatedPoint& simulated, std::size_t plan) {
  return simulated.plans[plan].time.value / point.plans[plan].plan.data;
}

void choose_winner(const SweepPoint& point, SimulatedPoint& simulated) {
  for (std::size_t i = 0; i < simulated.plans.size(); ++i) {
    if (simulated.plans[i].state != SimulationState::simulated) continue;
    if (simulated.winner < 0 || per_replica(point, simulated, i) <
                                    per_replica(point, simulated, static_cast<std::size_t>(simulated.winner)))
      simulated.winner = static_cast<int>(i);
  }
}

}  // namespace

SimulatedSweep simulate_sweep(const Scenario& scenario, const std::vector<SweepAxis>& axes,
                              const std::vector<SweepPoint>& points,
                              const simulator::SimulationOptions& simulation, GridRanks* ranks,
                              const GridOptions& options) {
  std::vector<std::string> jobs;
  for (const SweepPoint& point : points)
    for (const costmodel::PlanPrice& price : point.plans)
      if (!price.rejected) jobs.push_back(job_text(point, price.plan));
  const std::string setup = Json{{"name", scenario.name}, {"toml", costmodel::scenario_text(scenario)}}.dump(
      -1, ' ', false, Json::error_handler_t::replace);
  const GridResult grid = run_grid(
      jobs, work_on(std::make_shared<const Scenario>(scenario), axes, simulation), ranks, setup, options);

  SimulatedSweep sweep;
  sweep.losses = grid.losses;
  sweep.stop = grid.stop;
  sweep.asked = jobs.size();
  std::size_t next = 0;
  for (const SweepPoint& point : points) {
    SimulatedPoint& simulated = sweep.points.emplace_back();
    for (const costmodel::PlanPrice& price : point.plans) {
      simulated.plans.push_back(price.rejected ? SimulatedPlan{} : plan_of(grid.outcomes[next++], grid.stop));
      sweep.missing += simulated.plans.back().state == SimulationState::failed ? 1 : 0;
    }
    choose_winner(point, simulated);
  }
  return sweep;
}

Output serve_sweep(const std::vector<SweepAxis>& axes, const simulator::SimulationOptions& simulation,
                   GridRanks& ranks, const GridOptions& options) {
  return serve_grid(
      ranks,
      [&](const std::string& setup) {
        const Json json = Json::parse(setup);
        auto scenario = std::make_shared<Scenario>(costmodel::parse_scenario(
            json.at("toml").get<std::string>(), json.at("name").get<std::string>(), ""));
        costmodel::read_scenario_calibrations(*scenario);
        return work_on(std::move(scenario), axes, simulation);
      },
      options);
}

}  // namespace cli
