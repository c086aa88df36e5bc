// Pricing speed: every candidate plan at 8, 16, 32 and 64 GPUs, and a sweep of 10,000 points on one core.
//
// items_per_second counts plans (plan/price, plan/search_100000) or points (plan/sweep_10000) over CPU time.
// Plans that are rejected for heads or tokens are left out of plan/price: they cost nothing.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <memory>

#include "costmodel/answer/search.h"
#include "costmodel/answer/sweep.h"
#include "costmodel/plan/candidates.h"
#include "costmodel/plan/reject.h"
#include "costmodel/price/plan_price.h"
#include "tests/bench/bench_scenarios.h"

namespace {

using namespace costmodel;

double peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024.0;
}

// Every plan of every world size, exactly walked.
void price(benchmark::State& state) {
  struct World {
    Scenario scenario;
    std::unique_ptr<Pricer> pricer;
    std::vector<Plan> plans;
  };
  std::vector<std::unique_ptr<World>> worlds;
  std::size_t plans = 0;
  for (const int nodes : {1, 2, 4, 8}) {
    auto world = std::make_unique<World>();
    world->scenario = bench::attention_scenario(nodes, 1 << 20);
    world->pricer = std::make_unique<Pricer>(world->scenario);
    for (const Plan& plan : candidates(world->scenario))
      if (!reject(world->scenario, plan)) world->plans.push_back(plan);
    plans += world->plans.size();
    worlds.push_back(std::move(world));
  }
  for (auto _ : state)
    for (const auto& world : worlds)
      for (const Plan& plan : world->plans) benchmark::DoNotOptimize(world->pricer->price(plan).time);
  state.SetItemsProcessed(static_cast<std::int64_t>(plans) * state.iterations());
  state.counters["plans"] = static_cast<double>(plans);
  state.counters["peak_rss_bytes"] = peak_rss_bytes();
}
BENCHMARK(price)->Name("plan/price")->Unit(benchmark::kMillisecond);

// 2,500 lengths x 4 cluster sizes, four plans at each point.
void sweep_10000(benchmark::State& state) {
  const Scenario scenario = bench::attention_scenario(1, 1 << 20);
  const std::vector<SweepAxis> axes{parse_sweep_axis("sequence=4096K..16M:2500"),
                                    parse_sweep_axis("nodes=1..8")};
  std::size_t points = 0;
  for (auto _ : state) {
    const auto result = sweep(scenario, axes, {"burst", "zigzag-ring", "usp", "tensor"}, {});
    points += result.size();
    if (result.size() < 9900) state.SkipWithError("the grid is smaller than it should be");
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(points));
  state.counters["peak_rss_bytes"] = peak_rss_bytes();
}
BENCHMARK(sweep_10000)->Name("plan/sweep_10000")->Unit(benchmark::kMillisecond);

// A whole training step on 128 GPUs: every candidate of a search over all axes, ranked.
void search_100000(benchmark::State& state) {
  Scenario scenario = bench::attention_scenario(16, 1 << 20);
  scenario.workload.phase = WorkPhase::training_step;
  scenario.search.grad_dtypes = {GradDtype::bf16, GradDtype::fp32};
  const std::vector<Plan> plans = candidates(scenario);
  if (plans.size() < 100000) state.SkipWithError("fewer candidates than the name says");
  std::size_t priced = 0;
  for (auto _ : state) {
    Pricer pricer(scenario);  // nothing is known from the search before
    const SearchResult result = search_plans(pricer, plans);
    priced = result.priced;
    if (result.ranked.empty()) state.SkipWithError("nothing fits");
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(plans.size()) * state.iterations());
  state.counters["plans"] = static_cast<double>(plans.size());
  state.counters["priced"] = static_cast<double>(priced);
  state.counters["peak_rss_bytes"] = peak_rss_bytes();
}
BENCHMARK(search_100000)->Name("plan/search_100000")->Unit(benchmark::kMillisecond);

}  // namespace
