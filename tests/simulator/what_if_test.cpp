// What a simulation assumes beyond the scenario: slow GPUs, noise, and all-to-alls sent message by message.
#include "simulator/what_if.h"

#include <cmath>
#include <string>
#include <vector>

#include "tests/simulator/simulated_case.h"

using simulator::AllToAll;
using simulator::WhatIf;
using tests::SimulatedCase;

namespace {

costmodel::Plan ring_of(int ranks) {
  costmodel::Plan plan;
  plan.ring = plan.inner_ring = ranks;
  return plan;
}

std::vector<double> costs(const SimulatedCase& c, int repetition = 0) {
  std::vector<double> list;
  for (std::size_t i = 0; i < c.phases[0].program.size(); ++i) {
    const costmodel::Op& op = c.phases[0].program.op(i);
    if (op.lane != costmodel::Lane::compute) continue;
    for (std::size_t w = 0; w < c.world.count(); ++w) list.push_back(c.phases[0].times.of(i, repetition, w));
  }
  return list;
}

double bytes_of(const simulator::CollectiveFlows& work, std::size_t w, const simulator::LinkTable& links,
                simulator::LinkKind kind) {
  double bytes = 0;
  for (const simulator::Flow& flow : work.of(w))
    for (const simulator::LinkId link : flow.route.way())
      if (links[link].kind == kind) bytes += flow.bytes;
  return bytes;
}

}  // namespace

TEST_CASE("a straggler's kernels take longer by its factor, and nobody else's") {
  const costmodel::Scenario scenario = tests::eight_gpu_nodes(8, 1024);
  WhatIf what_if;
  what_if.stragglers.push_back({costmodel::Rank(3), 1.3});
  const std::vector<double> nominal = costs(SimulatedCase(scenario, ring_of(8)));
  const std::vector<double> slow = costs(SimulatedCase(scenario, ring_of(8), what_if));
  REQUIRE(slow.size() == nominal.size());
  for (std::size_t i = 0; i < slow.size(); ++i)
    CHECK(slow[i] == Approx(nominal[i] * (i % 8 == 3 ? 1.3 : 1.0)).epsilon(1e-12));
}

TEST_CASE("a straggler's host is as slow, and noise differs from phase to phase") {
  costmodel::Scenario scenario = tests::eight_gpu_nodes(8, 1024);
  scenario.workload.phase = costmodel::WorkPhase::training_step;
  costmodel::Plan plan;
  plan.transport = costmodel::Transport::none;
  plan.layout = costmodel::Layout::contiguous;
  plan.data = 8;
  plan.zero = 1;
  plan.offload = costmodel::Offload::optimizer;
  WhatIf what_if;
  what_if.stragglers.push_back({costmodel::Rank(3), 1.5});
  const SimulatedCase c(scenario, plan, what_if);
  int hosts = 0;
  for (const tests::SimulatedPhase& phase : c.phases)
    for (std::size_t i = 0; i < phase.program.size(); ++i) {
      if (phase.program.op(i).kind != costmodel::OpKind::host) continue;
      ++hosts;
      CHECK(phase.times.host(i, 3) == Approx(1.5 * phase.times.host(i, 2)));
    }
  CHECK(hosts > 0);

  WhatIf noise;
  noise.jitter = 0.1;
  const costmodel::Scenario attention = tests::eight_gpu_nodes(8, 1024);
  const SimulatedCase noisy(attention, ring_of(8), noise), quiet(attention, ring_of(8));
  // Operations with the same number.
  const auto factor = [&](std::size_t phase, std::size_t op) {
    return noisy.phases[phase].times.of(op, 0, 0) / quiet.phases[phase].times.of(op, 0, 0);
  };
  const auto computes = [&](std::size_t phase, std::size_t op) {
    return noisy.phases[phase].program.op(op).lane == costmodel::Lane::compute;
  };
  int compared = 0;
  for (std::size_t op = 0; op < std::min(noisy.phases[0].program.size(), noisy.phases[1].program.size());
       ++op) {
    if (!computes(0, op) || !computes(1, op)) continue;
    ++compared;
    CHECK(std::abs(factor(0, op) - factor(1, op)) > 1e-6);
  }
  CHECK(compared > 0);
}

TEST_CASE("noise has mean 1 and its deviation, and is the same for the same seed") {
  const costmodel::Scenario scenario = tests::eight_gpu_nodes(32, 1024, {costmodel::MaskKind::full, 0});
  const std::vector<double> nominal = costs(SimulatedCase(scenario, ring_of(32)));
  for (const double deviation : {0.1, 0.6}) {
    WhatIf what_if;
    what_if.jitter = deviation;
    const SimulatedCase noisy(scenario, ring_of(32), what_if), again(scenario, ring_of(32), what_if);
    double mean = 0, square = 0, count = 0;
    for (int repetition = 0; repetition < 8; ++repetition) {
      const std::vector<double> own = costs(noisy, repetition);
      CHECK(own == costs(again, repetition));
      for (std::size_t i = 0; i < own.size(); ++i) {
        const double factor = own[i] / nominal[i];
        mean += factor, square += factor * factor, ++count;
      }
    }
    mean /= count;
    CHECK(mean == Approx(1.0).margin(5 * deviation / std::sqrt(count)));
    CHECK(std::sqrt(square / count - mean * mean) == Approx(deviation).epsilon(0.05));
    what_if.seed = 2;
    CHECK(costs(SimulatedCase(scenario, ring_of(32), what_if)) != costs(noisy));
  }
}

TEST_CASE("all rows at once and one by one have the same prices") {
  WhatIf what_if;
  what_if.jitter = 0.1;
  what_if.stragglers.push_back({costmodel::Rank(2), 2.0});
  for (const costmodel::MaskKind mask : {costmodel::MaskKind::causal, costmodel::MaskKind::sliding}) {
    const SimulatedCase c(tests::eight_gpu_nodes(8, 1024, {mask, 1500}), ring_of(8), what_if);
    std::vector<double> row(8);
    for (std::size_t i = 0; i < c.phases[0].program.size(); ++i) {
      if (c.phases[0].program.op(i).lane != costmodel::Lane::compute) continue;
      c.phases[0].times.fill(i, 1, 0, row);
      for (std::size_t w = 0; w < 8; ++w)
        CHECK(row[w] == Approx(c.phases[0].times.of(i, 1, w)).epsilon(1e-14).margin(1e-30));
    }
  }
}

TEST_CASE("an all-to-all in rounds moves the same bytes and is never faster than the links allow") {
  costmodel::Plan ulysses;
  ulysses.transport = costmodel::Transport::all_to_all;
  ulysses.ulysses = 16;
  ulysses.layout = costmodel::Layout::contiguous;
  for (const int window : {1, 4, 100}) {
    WhatIf rounds;
    rounds.all_to_all = AllToAll::rounds;
    rounds.window = window;
    const costmodel::Scenario scenario = tests::eight_gpu_nodes(16, 4096, {costmodel::MaskKind::full, 0});
    const SimulatedCase whole(scenario, ulysses), parts(scenario, ulysses, rounds);
    REQUIRE(!whole.phases[0].flows.collectives.empty());
    for (std::size_t k = 0; k < whole.phases[0].flows.collectives.size(); ++k) {
      const simulator::CollectiveFlows& one = whole.phases[0].flows.collectives[k];
      const simulator::CollectiveFlows& many = parts.phases[0].flows.collectives[k];
      CHECK(many.window == window);
      for (std::size_t w = 0; w < 16; ++w) {
        CHECK(many.of(w).size() == 15);
        for (const auto kind : {simulator::LinkKind::gpu_out, simulator::LinkKind::nic_out})
          CHECK(bytes_of(many, w, parts.links, kind) ==
                Approx(bytes_of(one, w, whole.links, kind)).epsilon(1e-12));
      }
    }
    const std::vector<double> ends = tests::in_child([&] {
      tests::WholeNetwork network(parts);
      std::vector<double> list = parts.run(network.engine, 0, 2).ends.back();
      list.push_back(tests::path_error(parts.run(network.engine, 0, 2, true), parts.starts()));
      return list;
    });
    const std::vector<double> bound = whole.recurrence(0, 2).ends.back();
    CAPTURE(window);
    // Their bytes alone: alphas of the messages come on top where the window is narrow.
    for (std::size_t w = 0; w < 16; ++w) CHECK(ends[w] >= bound[w] * (1 - 1e-9));
    CHECK(ends.back() < 1e-9);
  }
}
