// One plan on one cluster, made ready for both engines, and runs of its phases.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "costmodel/price/walk.h"
#include "costmodel/schedule/lowering.h"
#include "simulator/compute_times.h"
#include "simulator/fold.h"
#include "simulator/random.h"
#include "simulator/recurrence.h"
#include "simulator/sharing.h"
#include "simulator/simgrid_engine.h"
#include "tests/schedule/test_scenarios.h"
#include "tests/simulator/in_child.h"

namespace tests {

inline costmodel::Calibration a100_calibration(double slowdown = 0.05) {
  costmodel::Calibration c = costmodel::built_in_calibration("a100-sxm-80gb");
  c.compute_slowdown.value = slowdown;
  return c;
}

struct SimulatedPhase {
  simulator::PhaseProgram program;
  simulator::PhaseFlows flows;
  simulator::ComputeTimes times;
  simulator::SharedLinks shared;
};

class SimulatedCase {
 public:
  // `period`: ranks of a fold, 0 for all.  The plan must pass reject().
  SimulatedCase(const costmodel::Scenario& scenario_, const costmodel::Plan& plan_,
                const simulator::WhatIf& what_if_ = {},
                const costmodel::Calibration& calibration_ = a100_calibration(), int period = 0)
      : scenario(scenario_),
        plan(plan_),
        what_if(what_if_),
        calibration(calibration_),
        map(scenario.cluster, scenario.placement),
        schedule(lower(scenario, plan)),
        links(map, what_if.spine),
        calibrations(scenario.cluster.groups.size(), &calibration) {
    for (const simulator::DegradedLink& degraded : what_if.degraded)
      for (const simulator::LinkId id : links.matching(degraded.links)) links.degrade(id, degraded.factor);
    for (const std::string& failed : what_if.failed)
      for (const simulator::LinkId id : links.matching(failed)) links.fail(id);
    world = {period > 0 ? period : schedule.world_size(), schedule.world_size()};
    simulator::FoldedNodes nodes;
    if (world.folded()) nodes.nodes = world.simulated / scenario.cluster.groups.front().node.gpus;
    router = std::make_unique<simulator::Router>(links, what_if.seed, nodes);
    phases.reserve(schedule.phases.size());
    for (std::size_t p = 0; p < schedule.phases.size(); ++p) {
      const costmodel::Phase& phase = schedule.phases[p];
      SimulatedPhase made{
          simulator::PhaseProgram(phase),
          phase_flows(schedule, phase, world, *router, what_if),
          simulator::ComputeTimes(schedule, phase, element(), map, calibrations, world, what_if, p),
          {}};
      made.shared = shared_links(made.program, made.flows);
      phases.push_back(std::move(made));
    }
  }
  SimulatedCase(const SimulatedCase&) = delete;
  SimulatedCase& operator=(const SimulatedCase&) = delete;

  double element() const {
    return static_cast<double>(costmodel::bytes_per_element(scenario.workload.dtype));
  }
  std::vector<double> starts() const {
    std::vector<double> list(world.count(), 0.0);
    for (std::size_t w = 0; w < list.size(); ++w)
      list[w] = what_if.start_spread.value * simulator::uniform(simulator::combined(what_if.seed, w));
    return list;
  }
  simulator::RunResult run(simulator::Engine& engine, std::size_t phase, int repetitions = 1,
                           bool critical_path = false, simulator::Recorder* recorder = nullptr) const {
    const std::vector<double> begin = starts();
    simulator::RunRequest request = request_of(phase, begin);
    request.repetitions = repetitions;
    request.critical_path = critical_path;
    request.recorder = recorder;
    return engine.run(request);
  }
  // Without repetitions; the starts must outlive it.
  simulator::RunRequest request_of(std::size_t phase, const std::vector<double>& begin) const {
    simulator::RunRequest request;
    request.program = &phases[phase].program;
    request.flows = &phases[phase].flows;
    request.times = &phases[phase].times;
    request.starts = begin;
    return request;
  }
  simulator::RunResult recurrence(std::size_t phase, int repetitions = 1, bool critical_path = false,
                                  simulator::Recorder* recorder = nullptr) const {
    simulator::RecurrenceEngine engine;
    return run(engine, phase, repetitions, critical_path, recorder);
  }
  costmodel::PhaseTime walk(std::size_t phase, std::vector<costmodel::OpTime>* timeline) const {
    costmodel::WalkScratch scratch(map);
    costmodel::WalkOptions options;
    options.force_all = true;
    options.timeline = timeline;
    return costmodel::walk(schedule, schedule.phases[phase], element(), map, calibrations, scratch, options);
  }

  costmodel::Scenario scenario;
  costmodel::Plan plan;
  simulator::WhatIf what_if;
  costmodel::Calibration calibration;
  costmodel::ClusterMap map;
  costmodel::Schedule schedule;
  simulator::LinkTable links;
  std::vector<const costmodel::Calibration*> calibrations;
  simulator::World world;
  std::unique_ptr<simulator::Router> router;
  std::vector<SimulatedPhase> phases;
};

// A network of all links of the case and an engine on it.  One in a process.
struct WholeNetwork {
  explicit WholeNetwork(const SimulatedCase& c) : used(c.links.size()), network(c.links, all()) {}
  std::span<const simulator::LinkId> all() {
    for (std::size_t i = 0; i < used.size(); ++i) used[i] = simulator::LinkId(static_cast<std::int64_t>(i));
    return used;
  }
  std::vector<simulator::LinkId> used;
  simulator::SimGridNetwork network;
  simulator::SimGridEngine engine{network};
};

inline double sum(const simulator::PathSums& path) {
  return std::accumulate(path.seconds.begin(), path.seconds.end(), 0.0);
}

// The largest difference of two lists of times, as a share of the largest time.
inline double worst_difference(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return std::numeric_limits<double>::infinity();
  double scale = 0, worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    scale = std::max({scale, std::abs(a[i]), std::abs(b[i])});
    worst = std::max(worst, std::abs(a[i] - b[i]));
  }
  return scale > 0 ? worst / scale : worst;
}

inline double worst_difference(const std::vector<std::vector<double>>& a,
                               const std::vector<std::vector<double>>& b) {
  if (a.size() != b.size()) return std::numeric_limits<double>::infinity();
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, worst_difference(a[i], b[i]));
  return worst;
}

// By how much path sums miss the end of their ranks, as a share of the end.   A path begins where its first
// rank did.
inline double path_error(const simulator::RunResult& result, const std::vector<double>& starts) {
  double worst = 0;
  for (std::size_t w = 0; w < starts.size(); ++w) {
    const double end = result.ends.back()[w];
    const double begin = starts[static_cast<std::size_t>(result.paths[w].origin)];
    worst = std::max(worst, std::abs(begin + sum(result.paths[w]) - end) / end);
  }
  return worst;
}

// ---- clusters and plans ----

// Clusters of nodes of 8 GPUs with a card each.
inline costmodel::Scenario eight_gpu_nodes(int ranks, std::int64_t tokens_per_rank,
                                           costmodel::Mask mask = {}) {
  costmodel::Scenario scenario =
      small_scenario(std::max(1, ranks / 8), std::min(8, ranks), tokens_per_rank * ranks, mask);
  scenario.model = small_model(64, 64, 64);
  return scenario;
}

struct NamedPlan {
  std::string name;
  costmodel::Plan plan;
};

// One of each method of the plan space on so many ranks in nodes of 8.
inline std::vector<NamedPlan> one_of_each(int ranks) {
  using costmodel::Layout;
  using costmodel::Plan;
  using costmodel::Transport;
  std::vector<NamedPlan> list;
  const auto add = [&](const std::string& name, Plan plan) { list.push_back({name, plan}); };
  Plan ring;
  ring.transport = Transport::ring;
  ring.ring = ring.inner_ring = ranks;
  for (const Layout layout : {Layout::contiguous, Layout::zigzag, Layout::striped}) {
    ring.layout = layout;
    add("ring " + std::to_string(static_cast<int>(layout)), ring);
  }
  ring.layout = Layout::zigzag;
  ring.backward = costmodel::BackwardSide::q;
  add("burst flat", ring);
  ring.backward = costmodel::BackwardSide::kv;
  if (ranks > 8) {
    ring.inner_ring = 8;
    add("double ring", ring);
    ring.backward = costmodel::BackwardSide::q;
    add("burst double", ring);
    ring.inner_ring = 4;
    add("burst inner 4", ring);
  }
  Plan gather;
  gather.transport = Transport::all_gather;
  gather.ring = gather.inner_ring = ranks;
  add("all gather", gather);
  Plan ulysses;
  ulysses.transport = Transport::all_to_all;
  ulysses.ulysses = std::min(64, ranks);
  ulysses.data = ranks / ulysses.ulysses;
  ulysses.layout = Layout::contiguous;
  add("ulysses", ulysses);
  Plan hybrid;
  hybrid.transport = Transport::hybrid;
  hybrid.ulysses = 4;
  hybrid.ring = hybrid.inner_ring = ranks / 4;
  add("hybrid", hybrid);
  hybrid.inner_ring = 2;
  add("hybrid inner 2", hybrid);
  Plan tensor;
  tensor.transport = Transport::tensor;
  tensor.tensor = 8;
  tensor.data = ranks / 8;
  tensor.layout = Layout::contiguous;
  add("tensor", tensor);
  Plan tensor_ring = ring;
  tensor_ring.backward = costmodel::BackwardSide::kv;
  tensor_ring.tensor = 4;
  tensor_ring.ring = ranks / 4;
  tensor_ring.inner_ring = 2;
  add("tensor x ring", tensor_ring);
  Plan single;
  single.transport = Transport::none;
  single.data = ranks;
  single.layout = Layout::contiguous;
  add("single", single);
  return list;
}

}  // namespace tests
