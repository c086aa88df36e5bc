// Repetitions that are added equal repetitions that are run, rank by rank.
#include "simulator/phase_run.h"

#include <string>
#include <vector>

#include "tests/simulator/simulated_case.h"

using simulator::PhaseRun;
using tests::SimulatedCase;

namespace {

struct Agreement {
  double ends = 0, compute = 0, slowdown = 0, paths = 0;
  int simulated = 0;
};

// The same repetitions all run and partly added.
Agreement compare(const SimulatedCase& c, simulator::Engine& engine, std::size_t phase, int repetitions) {
  const std::vector<double> starts = c.starts();
  simulator::RunRequest request = c.request_of(phase, starts);
  request.critical_path = true;
  const PhaseRun run = run_repeated(engine, request, repetitions, 0);
  request.repetitions = repetitions;
  const simulator::RunResult all = engine.run(request);
  Agreement result;
  result.simulated = run.simulated;
  result.ends = tests::worst_difference(run.ends, all.ends.back());
  result.compute = tests::worst_difference(run.compute, all.compute);
  for (std::size_t w = 0; w < starts.size(); ++w) {
    result.slowdown =
        std::max(result.slowdown, std::abs(run.slowdown[w] - all.slowdown[w]) / all.ends.back()[w]);
    const double begin = starts[static_cast<std::size_t>(run.paths[w].origin)];
    result.paths =
        std::max(result.paths, std::abs(begin + tests::sum(run.paths[w]) - run.ends[w]) / run.ends[w]);
  }
  return result;
}

void check(const Agreement& a, int repetitions) {
  CAPTURE(a.ends, a.compute, a.slowdown, a.paths, a.simulated);
  CHECK(a.ends < 1e-9);
  CHECK(a.compute < 1e-9);
  CHECK(a.slowdown < 1e-9);
  CHECK(a.paths < 1e-9);
  CHECK(a.simulated <= repetitions);
}

std::vector<Agreement> compare_in_child(const SimulatedCase& c, const std::vector<std::size_t>& phases,
                                        int repetitions) {
  const std::vector<double> numbers = tests::in_child([&] {
    tests::WholeNetwork whole(c);
    std::vector<double> list;
    for (const std::size_t phase : phases) {
      const Agreement a = compare(c, whole.engine, phase, repetitions);
      list.insert(list.end(), {a.ends, a.compute, a.slowdown, a.paths, static_cast<double>(a.simulated)});
    }
    return list;
  });
  std::vector<Agreement> list;
  for (std::size_t i = 0; i + 5 <= numbers.size(); i += 5)
    list.push_back(
        {numbers[i], numbers[i + 1], numbers[i + 2], numbers[i + 3], static_cast<int>(numbers[i + 4])});
  return list;
}

costmodel::Scenario training(int layers, int ranks) {
  costmodel::Scenario scenario = tests::eight_gpu_nodes(ranks, 2048);
  scenario.model = tests::small_model(32, 32, 128);
  scenario.model.layers = layers;
  scenario.workload.phase = costmodel::WorkPhase::training_step;
  return scenario;
}

costmodel::Plan step_plan(int ring, int data, int zero) {
  costmodel::Plan plan;
  plan.ring = plan.inner_ring = ring;
  plan.data = data;
  plan.zero = zero;
  if (ring == 1) plan.transport = costmodel::Transport::none, plan.layout = costmodel::Layout::contiguous;
  return plan;
}

}  // namespace

TEST_CASE("layers without contention become regular and the rest is exact") {
  costmodel::Plan plan;
  plan.ring = plan.inner_ring = 32;
  for (const auto layout : {costmodel::Layout::contiguous, costmodel::Layout::zigzag}) {
    plan.layout = layout;
    simulator::WhatIf what_if;
    what_if.start_spread = costmodel::Seconds(1e-3);
    what_if.stragglers.push_back({costmodel::Rank(5), 1.3});
    for (const bool perturbed : {false, true}) {
      const SimulatedCase c(tests::eight_gpu_nodes(32, 2048), plan,
                            perturbed ? what_if : simulator::WhatIf{});
      simulator::RecurrenceEngine engine;
      check(compare(c, engine, 0, 60), 60);
    }
  }
  // Where all ranks do the same, few repetitions are enough: sums of times differ in their last digits only.
  const SimulatedCase alike(tests::eight_gpu_nodes(32, 2048, {costmodel::MaskKind::full, 0}), plan);
  simulator::RecurrenceEngine engine;
  const Agreement a = compare(alike, engine, 0, 60);
  check(a, 60);
  CHECK(a.simulated <= 10);
}

TEST_CASE("layers that contend are regular too") {
  costmodel::Plan burst;
  burst.ring = burst.inner_ring = 16;
  burst.backward = costmodel::BackwardSide::q;
  const SimulatedCase c(tests::eight_gpu_nodes(16, 512), burst);
  REQUIRE(c.phases[1].shared.any());
  for (const Agreement& a : compare_in_child(c, {1}, 24)) check(a, 24);
}

TEST_CASE("all phases of a training step repeat exactly, with what only the first or the last leaves out") {
  for (const int zero : {0, 3}) {
    const SimulatedCase c(training(16, 8), step_plan(4, 2, zero));
    std::vector<std::size_t> phases;
    for (std::size_t p = 0; p < c.phases.size(); ++p)
      if (c.schedule.phases[p].repeat > 1) phases.push_back(p);
    REQUIRE(phases.size() >= 2);
    for (const Agreement& a : compare_in_child(c, phases, 16)) {
      CAPTURE(zero);
      check(a, 16);
    }
  }
}

namespace {

// Answers with repetitions that take what a list says, on two ranks that are always equally far.
class Listed final : public simulator::Engine {
 public:
  explicit Listed(std::vector<double> gains) : gains_(std::move(gains)) {}
  simulator::RunResult run(const simulator::RunRequest& request) override {
    simulator::RunResult result;
    double end = 0;
    for (int r = 0; r < request.repetitions; ++r) {
      // Whatever number it has, the last repetition takes longer.
      end += r + 1 == request.repetitions ? 2.0 : gains_.at(static_cast<std::size_t>(r));
      result.ends.push_back({end, end + 0.5});
    }
    for (auto* sums : {&result.compute, &result.slowdown, &result.host, &result.compute_once,
                       &result.slowdown_once, &result.host_once})
      sums->assign(2, 0.0);
    return result;
  }

 private:
  std::vector<double> gains_;
};

PhaseRun listed(const std::vector<double>& gains, int repetitions, int noisy_limit) {
  Listed engine(gains);
  const simulator::PhaseFlows flows;
  const std::vector<double> starts(2, 0.0);
  simulator::RunRequest request;
  request.flows = &flows;
  request.starts = starts;
  return run_repeated(engine, request, repetitions, noisy_limit);
}

}  // namespace

TEST_CASE("repetitions that still get shorter are not regular, though all ranks gain the same") {
  std::vector<double> gains{10, 6, 5, 4};
  gains.resize(40, 3.0);
  const PhaseRun run = listed(gains, 40, 0);
  CHECK(run.simulated == 10);
  CHECK(run.ends[0] == Approx(10 + 6 + 5 + 4 + 35 * 3.0 + 2).epsilon(1e-12));
  CHECK(run.ends[1] == Approx(run.ends[0] + 0.5).epsilon(1e-12));
}

TEST_CASE(
    "noisy repetitions are added with the mean of those in the middle, without the first and the last") {
  const PhaseRun run = listed({9, 3, 5, 4, 6, 2, 7, 0}, 20, 8);
  CHECK(run.simulated == 8);
  const double mean = (3 + 5 + 4 + 6 + 2 + 7) / 6.0;
  CHECK(run.ends[0] == Approx(9 + 27 + 2 + 12 * mean).epsilon(1e-12));
  CHECK(run.ends[1] == Approx(run.ends[0] + 0.5).epsilon(1e-12));
}

TEST_CASE("ranks that move apart steadily are followed until they hold each other up") {
  // Two replicas that only share weights, which are gathered in the background: the fast one is ahead by a
  // little more in every layer, until it must wait for the slow one's part.
  simulator::WhatIf what_if;
  what_if.stragglers.push_back({costmodel::Rank(1), 1.05});
  const SimulatedCase c(training(48, 2), step_plan(1, 2, 3), what_if);
  for (std::size_t p = 0; p < c.phases.size(); ++p) {
    if (c.schedule.phases[p].repeat == 1) continue;
    for (const Agreement& a : compare_in_child(c, {p}, 48)) {
      CAPTURE(p);
      check(a, 48);
    }
  }
}
