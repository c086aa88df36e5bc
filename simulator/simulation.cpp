#include "simulator/simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "costmodel/base/error.h"
#include "costmodel/schedule/lowering.h"
#include "simulator/phase_run.h"
#include "simulator/random.h"
#include "simulator/recurrence.h"
#include "simulator/simgrid_engine.h"

namespace simulator {

using costmodel::Error;
using costmodel::Phase;
using costmodel::Seconds;

std::string_view name_of(EngineKind kind) {
  return kind == EngineKind::recurrence ? "recurrence" : "simgrid";
}

namespace {

void apply(const WhatIf& what_if, LinkTable& links) {
  for (const DegradedLink& degraded : what_if.degraded)
    for (const LinkId link : links.matching(degraded.links)) links.degrade(link, degraded.factor);
  for (const std::string& failed : what_if.failed)
    for (const LinkId link : links.matching(failed)) links.fail(link);
}

FoldedNodes folded_nodes(const World& world, const costmodel::ClusterMap& map) {
  if (!world.folded()) return {};
  return {world.simulated / map.cluster().groups.front().node.gpus};
}

}  // namespace

struct Simulation::Parts {
  // One phase, ready to run.
  struct PreparedPhase {
    PhaseProgram program;
    PhaseFlows flows;
    ComputeTimes times;
    SharedLinks shared;
    EngineKind engine = EngineKind::recurrence;
    // The last run, with the starts that it had after its first rank's: the same starts have the same ends.
    std::vector<double> known_starts;
    PhaseRun known;
    bool recorded = false;
  };

  costmodel::Pricer& pricer;
  SimulationOptions options;
  costmodel::PlanPrice analytic;
  costmodel::Schedule schedule;
  LinkTable links;
  Fold fold;
  std::unique_ptr<Router> router;
  std::vector<PreparedPhase> phases;
  std::unique_ptr<SimGridNetwork> network;
  RecurrenceEngine recurrence;
  std::unique_ptr<SimGridEngine> simgrid;
  PhaseRecorder* recorder = nullptr;
  // The state between phases.
  std::vector<double> starts;
  std::vector<PathSums> paths;
  std::vector<PhaseOutcome> outcomes;
  std::vector<RankOutcome> ranks;
  int runs_done = 0, runs_total = 0;

  Parts(costmodel::Pricer& pricer_, const costmodel::Plan& plan, SimulationOptions&& options_)
      : pricer(pricer_),
        options(std::move(options_)),
        schedule(costmodel::lower(pricer_.scenario(), plan)),
        links(pricer_.map(), options.what_if.spine) {
    // The cost model's answer to the same question: what the report compares with.
    analytic = pricer.price(plan);
    check_stragglers();
    apply(options.what_if, links);
    prepare();
  }

  void check_stragglers() const {
    for (const Straggler& straggler : options.what_if.stragglers)
      if (straggler.rank.value >= schedule.world_size())
        throw Error(fmt::format("there is no rank {}; the plan has ranks 0 to {}", straggler.rank.value,
                                schedule.world_size() - 1));
  }

  double element() const {
    return static_cast<double>(costmodel::bytes_per_element(pricer.scenario().workload.dtype));
  }

  ComputeTimes times_of(std::size_t phase, const World& world) const {
    return ComputeTimes(schedule, schedule.phases[phase], element(), pricer.map(), pricer.calibrations(),
                        world, options.what_if, phase);
  }

  void prepare() {
    bool alike = true;
    for (std::size_t p = 0; p < schedule.phases.size() && alike; ++p)
      alike = times_of(p, {1, 1}).prices().alike();
    if (options.may_fold) {
      fold = symmetric_fold(schedule, pricer.map(), options.what_if, alike);
    } else {
      fold.world = {schedule.world_size(), schedule.world_size()};
      fold.refused = "switched off";
    }
    router = std::make_unique<Router>(links, options.what_if.seed, folded_nodes(fold.world, pricer.map()));
    phases.reserve(schedule.phases.size());
    for (std::size_t p = 0; p < schedule.phases.size(); ++p) {
      const Phase& phase = schedule.phases[p];
      PreparedPhase prepared{PhaseProgram(phase),
                             phase_flows(schedule, phase, fold.world, *router, options.what_if),
                             times_of(p, fold.world),
                             {},
                             EngineKind::recurrence,
                             {},
                             {}};
      prepared.shared = shared_links(prepared.program, prepared.flows);
      const bool rounds = std::any_of(prepared.flows.collectives.begin(), prepared.flows.collectives.end(),
                                      [](const CollectiveFlows& c) { return c.window > 0; });
      prepared.engine = options.engine.value_or(prepared.shared.any() || rounds ? EngineKind::simgrid
                                                                                : EngineKind::recurrence);
      if (prepared.engine == EngineKind::recurrence && (prepared.shared.any() || rounds))
        throw Error(fmt::format(
            "the recurrence is right only where links are not shared, and in {} {}; leave the choice of the "
            "engine to the simulator, or ask for simgrid",
            phase.name,
            prepared.shared.any() ? links.name(prepared.shared.links.front()) + " is"
                                  : "an all-to-all goes in rounds"));
      phases.push_back(std::move(prepared));
    }
    const std::size_t width = fold.world.count();
    outcomes.assign(phases.size(), {});
    for (std::size_t p = 0; p < phases.size(); ++p) {
      PhaseOutcome& outcome = outcomes[p];
      outcome.name = std::string(schedule.phases[p].name);
      outcome.engine = phases[p].engine;
      outcome.runs = schedule.runs(schedule.phases[p]);
      outcome.simulated = 0;
      outcome.shared = phases[p].shared;
      for (const costmodel::Op& op : schedule.phases[p].ops)
        outcome.partial_repetitions |= op.repetitions != costmodel::Repetitions::all;
      if (p < analytic.phases.size()) {
        outcome.analytic = outcome.runs * analytic.phases[p].time;
        outcome.scope = analytic.phases[p].scope;
      }
    }
    ranks.resize(width);
  }

  Engine& engine_of(const PreparedPhase& phase) {
    if (phase.engine == EngineKind::recurrence) return recurrence;
    if (!network) {
      std::vector<LinkId> used;
      for (const PreparedPhase& p : phases)
        if (p.engine == EngineKind::simgrid) add_links(p.flows, used);
      network = std::make_unique<SimGridNetwork>(links, used);
      simgrid = std::make_unique<SimGridEngine>(*network);
    }
    return *simgrid;
  }

  static void add_links(const PhaseFlows& flows, std::vector<LinkId>& used) {
    const auto add = [&](const std::vector<Flow>& list) {
      for (const Flow& flow : list)
        for (const LinkId link : flow.route.way()) used.push_back(link);
    };
    for (const TransferFlows& t : flows.transfers) add(t.flows);
    for (const CollectiveFlows& c : flows.collectives) add(c.flows);
    std::sort(used.begin(), used.end());
    used.erase(std::unique(used.begin(), used.end()), used.end());
  }

  // All phases in the order of a step.   Cadence in schedule.h.
  template <class Visit>
  void each_run(Visit visit) const {
    using costmodel::Cadence;
    for (int batch = 0; batch < schedule.micro_batches; ++batch) {
      const bool last = batch + 1 == schedule.micro_batches;
      for (std::size_t p = 0; p < schedule.phases.size(); ++p) {
        const Cadence cadence = schedule.phases[p].cadence;
        if (cadence == Cadence::every_micro_batch || (cadence == Cadence::all_but_last && !last) ||
            (cadence == Cadence::last_micro_batch && last))
          visit(p, batch);
      }
    }
    for (std::size_t p = 0; p < schedule.phases.size(); ++p)
      if (schedule.phases[p].cadence == Cadence::step) visit(p, 0);
  }

  void run_all() {
    const std::size_t width = fold.world.count();
    starts.assign(width, 0.0);
    paths.assign(options.critical_path ? width : 0, PathSums{});
    const double spread = options.what_if.start_spread.value;
    for (std::size_t w = 0; spread > 0 && w < width; ++w) {
      starts[w] = spread * uniform(combined(options.what_if.seed, combined(0x57a7, w)));
      if (!paths.empty()) paths[w][PathPart::start] = starts[w];
    }
    runs_done = runs_total = 0;
    ranks.assign(width, {});
    for (PhaseOutcome& outcome : outcomes) outcome.time = Seconds(0), outcome.simulated = 0;
    each_run([&](std::size_t, int) { ++runs_total; });
    each_run([&](std::size_t p, int batch) { run_phase(p, batch); });
  }

  struct ScaledProgress final : ProgressSink {
    ScaledProgress(ProgressSink& sink_, double from_, double share_)
        : sink(sink_), from(from_), share(share_) {}
    void done(double part) override { sink.done(from + share * part); }
    ProgressSink& sink;
    double from, share;
  };

  void run_phase(std::size_t p, int batch) {
    PreparedPhase& phase = phases[p];
    const Phase& own = schedule.phases[p];
    const double base = *std::min_element(starts.begin(), starts.end());
    const double latest = *std::max_element(starts.begin(), starts.end());
    std::vector<double> relative = starts;
    for (double& start : relative) start -= base;
    PhaseOutcome& outcome = outcomes[p];
    const bool noisy = options.what_if.jitter > 0;
    if (noisy || !same_starts(phase, relative)) {
      ScaledProgress* progress = nullptr;
      std::optional<ScaledProgress> scaled;
      if (options.progress != nullptr)
        progress =
            &scaled.emplace(*options.progress, static_cast<double>(runs_done) / runs_total, 1.0 / runs_total);
      RunRequest request;
      request.program = &phase.program;
      request.flows = &phase.flows;
      request.times = &phase.times;
      request.starts = relative;
      request.first_repetition = batch * own.repeat;
      request.critical_path = options.critical_path;
      request.recorder = recorder;
      request.progress = progress;
      if (recorder != nullptr) recorder->begin_phase(p, base);
      phase.known =
          run_repeated(engine_of(phase), request, own.repeat, noisy ? options.noisy_repetitions : 0);
      phase.known_starts = std::move(relative);
      phase.recorded |= recorder != nullptr;
      outcome.simulated += phase.known.simulated;
      if (outcome.window == 0) {
        outcome.window = phase.known.window;
        outcome.repetitions_in_window = phase.known.simulated;
      }
    }
    ++runs_done;
    for (std::size_t w = 0; w < starts.size(); ++w) {
      starts[w] = base + phase.known.ends[w];
      ranks[w].compute += phase.known.compute[w];
      ranks[w].slowdown += phase.known.slowdown[w];
      ranks[w].host += phase.known.host[w];
    }
    if (!paths.empty()) follow_paths(phase.known);
    outcome.time += Seconds(*std::max_element(starts.begin(), starts.end()) - latest);
  }

  bool same_starts(const PreparedPhase& phase, const std::vector<double>& relative) const {
    if (phase.known_starts.empty() || (recorder != nullptr && !phase.recorded)) return false;
    for (std::size_t w = 0; w < relative.size(); ++w)
      if (std::abs(relative[w] - phase.known_starts[w]) > 1e-12 * phase.known.window) return false;
    return true;
  }

  void follow_paths(const PhaseRun& run) {
    std::vector<PathSums> next = run.paths;
    for (PathSums& path : next) {
      const PathSums& before = paths[static_cast<std::size_t>(path.origin)];
      for (std::size_t part = 0; part < path_part_count; ++part) path.seconds[part] += before.seconds[part];
    }
    paths = std::move(next);
  }

  // ---- the answer ----

  void count_links(SimulationResult& result) const {
    std::vector<double> bytes(links.size(), 0.0);
    for (std::size_t p = 0; p < phases.size(); ++p) {
      const Phase& phase = schedule.phases[p];
      const double runs = schedule.runs(phase), all_but_one = runs * (phase.repeat - 1.0) / phase.repeat;
      std::vector<double> moves(phase.transfers.size(), 0.0), meetings(phase.collectives.size(), 0.0);
      for (const costmodel::Op& op : phase.ops) {
        const double times = op.repetitions == costmodel::Repetitions::all ? runs : all_but_one;
        const std::size_t work = static_cast<std::size_t>(op.work);
        if (op.kind == costmodel::OpKind::exchange) moves[work] += times;
        if (op.kind == costmodel::OpKind::collective) meetings[work] += times;
      }
      const auto add = [&](const std::vector<Flow>& flows, double times) {
        for (const Flow& flow : flows)
          for (const LinkId link : flow.route.way()) bytes[link.at()] += times * flow.bytes;
      };
      for (std::size_t t = 0; t < moves.size(); ++t) add(phases[p].flows.transfers[t].flows, moves[t]);
      for (std::size_t c = 0; c < meetings.size(); ++c)
        add(phases[p].flows.collectives[c].flows, meetings[c]);
    }
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (bytes[i] <= 0) continue;
      const LinkId link(static_cast<std::int64_t>(i));
      result.links.push_back(
          {link, costmodel::Bytes(bytes[i]), bytes[i] / (links[link].capacity.value * result.time.value)});
    }
  }

  SimulationResult result() {
    SimulationResult result;
    std::size_t last = 0, busiest = 0;
    for (std::size_t w = 0; w < ranks.size(); ++w) {
      ranks[w].end = starts[w];
      if (starts[w] > starts[last]) last = w;
      if (ranks[w].compute > ranks[busiest].compute) busiest = w;
    }
    result.time = Seconds(starts[last]);
    result.compute = Seconds(ranks[busiest].compute);
    result.analytic = analytic.time;
    result.phases = outcomes;
    result.ranks = ranks;
    if (!paths.empty()) result.path = paths[last];
    result.world = fold.world;
    result.fold_refused = fold.refused;
    result.rerouted = router->rerouted();
    count_links(result);
    return result;
  }
};

Simulation::Simulation(costmodel::Pricer& pricer, const costmodel::Plan& plan, SimulationOptions options)
    : parts_(std::make_unique<Parts>(pricer, plan, std::move(options))) {}

Simulation::~Simulation() = default;

SimulationResult Simulation::run() {
  parts_->run_all();
  return parts_->result();
}

void Simulation::record(PhaseRecorder& recorder) {
  for (auto& phase : parts_->phases) phase.recorded = false;
  parts_->recorder = &recorder;
  parts_->run_all();
  parts_->recorder = nullptr;
}

const costmodel::Schedule& Simulation::schedule() const { return parts_->schedule; }
const LinkTable& Simulation::links() const { return parts_->links; }
const PhaseFlows& Simulation::flows(std::size_t phase) const { return parts_->phases[phase].flows; }
World Simulation::world() const { return parts_->fold.world; }

}  // namespace simulator
