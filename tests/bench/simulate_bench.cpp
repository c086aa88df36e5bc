// Speed and memory of the simulator: rings of 1,024 and 16,384 GPUs with ranks that begin at different times
// (nothing folds then), 4,096 noisy GPUs on a 4:1 oversubscribed fabric, and a platform of 16,384 GPUs.
//
// SimGrid has one engine per process, so every iteration is a child; its CPU seconds, user and system, are
// the manual time, and peak_rss_bytes is the child's.  items_per_second counts transfers.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <stdexcept>

#include "costmodel/plan/plan_alias.h"
#include "simulator/child_process.h"
#include "simulator/simgrid_network.h"
#include "simulator/simulation.h"
#include "tests/bench/bench_scenarios.h"

namespace {

using namespace costmodel;

struct Usage {
  double cpu = 0, peak_rss = 0;
};

Usage own_usage() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return {seconds(usage.ru_utime) + seconds(usage.ru_stime), static_cast<double>(usage.ru_maxrss) * 1024.0};
}

// Runs `work` in a child for every iteration.
template <class Work>
void measure(benchmark::State& state, std::int64_t transfers, const Work& work) {
  double peak = 0;
  for (auto _ : state) {
    const auto outcomes = simulator::run_children({[&](simulator::ProgressSink&) {
                                                    const double before = own_usage().cpu;
                                                    work();
                                                    Usage used = own_usage();
                                                    used.cpu -= before;
                                                    std::string bytes(sizeof used, '\0');
                                                    std::memcpy(bytes.data(), &used, sizeof used);
                                                    return bytes;
                                                  }},
                                                  {});
    if (outcomes.front().state != simulator::ChildState::answered)
      throw std::runtime_error(outcomes.front().text);
    Usage used;
    std::memcpy(&used, outcomes.front().text.data(), sizeof used);
    state.SetIterationTime(used.cpu);
    peak = std::max(peak, used.peak_rss);
  }
  state.SetItemsProcessed(transfers * state.iterations());
  state.counters["peak_rss_bytes"] = peak;
}

Scenario forward_scenario(int nodes, std::int64_t sequence) {
  Scenario scenario = bench::attention_scenario(nodes, sequence);
  scenario.workload.phase = WorkPhase::forward;
  return scenario;
}

struct RingCase {
  int nodes = 1;
  std::int64_t tokens_per_gpu = 1024;
  std::optional<simulator::EngineKind> engine;
};

void ring(benchmark::State& state, const RingCase& how) {
  const std::int64_t gpus = 8 * how.nodes;
  const Scenario scenario = forward_scenario(how.nodes, gpus * how.tokens_per_gpu);
  Pricer pricer(scenario);
  const Plan plan = plan_from_alias("zigzag-ring", scenario);
  measure(state, gpus * (gpus - 1), [&] {
    simulator::SimulationOptions options;
    options.engine = how.engine;
    options.critical_path = false;
    options.what_if.start_spread = Seconds(100e-6);
    benchmark::DoNotOptimize(simulator::Simulation(pricer, plan, options).run().time);
  });
}

void ring_1024_jitter(benchmark::State& state) { ring(state, {128, 1024, std::nullopt}); }
void ring_1024_simgrid(benchmark::State& state) { ring(state, {128, 1024, simulator::EngineKind::simgrid}); }
void ring_16384(benchmark::State& state) { ring(state, {2048, 1024, std::nullopt}); }
BENCHMARK(ring_1024_jitter)
    ->Name("simulate/ring_1024_jitter")
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(ring_1024_simgrid)
    ->Name("simulate/ring_1024_jitter_simgrid")
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(ring_16384)->Name("simulate/ring_16384")->UseManualTime()->Unit(benchmark::kMillisecond);

// 32 replicas of a hybrid of 8 x 16: every hop of the rings goes over uplinks that eight GPUs share.
void oversubscribed_4096(benchmark::State& state) {
  Scenario scenario = forward_scenario(512, 128 * 4096);
  scenario.cluster.fabric.kind = FabricKind::fat_tree;
  scenario.cluster.fabric.oversubscription.value = 4;
  scenario.cluster.fabric.nodes_per_leaf = 1;
  Pricer pricer(scenario);
  const Plan plan = plan_from_alias("transport=hybrid:ulysses=8:ring=16:data=32:layout=zigzag", scenario);
  measure(state, 4096 * 15, [&] {
    simulator::SimulationOptions options;
    options.critical_path = false;
    options.what_if.jitter = 0.1;
    benchmark::DoNotOptimize(simulator::Simulation(pricer, plan, options).run().time);
  });
}
BENCHMARK(oversubscribed_4096)
    ->Name("simulate/oversubscribed_4096")
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

// All links of 2,048 nodes as SimGrid objects.
void platform_16384(benchmark::State& state) {
  const Scenario scenario = forward_scenario(2048, 1 << 24);
  const ClusterMap map(scenario.cluster, {});
  measure(state, 0, [&] {
    const simulator::LinkTable links(map, simulator::Spine::even);
    std::vector<simulator::LinkId> all;
    for (std::size_t i = 0; i < links.size(); ++i) all.emplace_back(static_cast<std::int64_t>(i));
    const simulator::SimGridNetwork network(links, all);
    benchmark::DoNotOptimize(network.now());
  });
}
BENCHMARK(platform_16384)->Name("simulate/platform_16384")->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
