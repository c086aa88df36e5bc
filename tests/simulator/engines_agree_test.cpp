// Where no link carries two flows at once the recurrence and SimGrid give every rank the same times, and both
// explain them completely.
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/simulator/simulated_case.h"

using simulator::WhatIf;
using tests::SimulatedCase;

namespace {

constexpr int repetitions = 3;

struct Agreement {
  std::string what;
  double times = 0, paths = 0, compute = 0;
};

// All plans of a size under one what-if, in one child: they use the same links.
std::vector<Agreement> compare(int ranks, std::int64_t tokens, const WhatIf& what_if,
                               const std::vector<tests::NamedPlan>& plans, costmodel::Mask mask = {}) {
  const costmodel::Scenario scenario = tests::eight_gpu_nodes(ranks, tokens, mask);
  std::vector<std::unique_ptr<SimulatedCase>> cases;
  std::vector<Agreement> list;
  for (const tests::NamedPlan& named : plans) {
    if (reject(scenario, named.plan)) continue;
    cases.push_back(std::make_unique<SimulatedCase>(scenario, named.plan, what_if));
    for (std::size_t p = 0; p < cases.back()->phases.size(); ++p)
      if (!cases.back()->phases[p].shared.any())
        list.push_back({named.name + ", " + std::string(cases.back()->schedule.phases[p].name)});
  }
  REQUIRE(!list.empty());
  const std::vector<double> numbers = tests::in_child([&] {
    tests::WholeNetwork whole(*cases.front());
    std::vector<double> found;
    for (const auto& c : cases) {
      const std::vector<double> starts = c->starts();
      for (std::size_t p = 0; p < c->phases.size(); ++p) {
        if (c->phases[p].shared.any()) continue;
        const simulator::RunResult exact = c->recurrence(p, repetitions, true);
        const simulator::RunResult simulated = c->run(whole.engine, p, repetitions, true);
        found.push_back(tests::worst_difference(exact.ends, simulated.ends));
        found.push_back(std::max(tests::path_error(exact, starts), tests::path_error(simulated, starts)));
        double apart = tests::worst_difference(exact.compute, simulated.compute);
        // Where nothing slows kernels, what is left is rounding: as a share of the end.
        for (std::size_t w = 0; w < starts.size(); ++w)
          apart = std::max(apart, std::abs(exact.slowdown[w] - simulated.slowdown[w]) / exact.ends.back()[w]);
        found.push_back(apart);
      }
    }
    return found;
  });
  REQUIRE(numbers.size() == 3 * list.size());
  for (std::size_t i = 0; i < list.size(); ++i)
    list[i].times = numbers[3 * i], list[i].paths = numbers[3 * i + 1], list[i].compute = numbers[3 * i + 2];
  return list;
}

void check(const std::vector<Agreement>& list) {
  for (const Agreement& a : list) {
    CAPTURE(a.what, a.times, a.paths, a.compute);
    CHECK(a.times < 1e-9);
    CHECK(a.paths < 1e-9);
    CHECK(a.compute < 1e-9);
  }
}

WhatIf uneven() {
  WhatIf what_if;
  what_if.jitter = 0.1;
  what_if.start_spread = costmodel::Seconds(1e-3);
  return what_if;
}

WhatIf slow_link() {
  WhatIf what_if;
  what_if.degraded.push_back({"node0.gpu3.*", 0.3});
  return what_if;
}

}  // namespace

TEST_CASE("both engines agree on every method where links are not shared") {
  tests::Thinning thinning(5);
  // 256 tokens: latency decides.  8192: computing does.
  for (const int ranks : {8, 32, 64})
    for (const std::int64_t tokens : {std::int64_t{256}, std::int64_t{8192}})
      for (const WhatIf& what_if : {WhatIf{}, uneven(), slow_link()}) {
        if (!thinning.takes_next()) continue;
        CAPTURE(ranks, tokens, what_if.jitter, what_if.degraded.size());
        check(compare(ranks, tokens, what_if, tests::one_of_each(ranks)));
      }
}

TEST_CASE("both engines agree on every method on 256 GPUs", "[numbers]") {
  WhatIf what_if = uneven();
  what_if.degraded.push_back({"node5.gpu3.*", 0.3});
  for (const WhatIf& one : {WhatIf{}, what_if}) check(compare(256, 256, one, tests::one_of_each(256)));
}

TEST_CASE("both engines agree on every plan of eight GPUs, under every mask") {
  std::vector<tests::NamedPlan> plans;
  for (const costmodel::Plan& plan : tests::every_plan(8)) plans.push_back({axes_text(plan), plan});
  for (const costmodel::Mask& mask :
       {costmodel::Mask{costmodel::MaskKind::full, 0}, costmodel::Mask{costmodel::MaskKind::sliding, 3000}})
    check(compare(8, 1024, uneven(), plans, mask));
}

TEST_CASE("both engines agree on a ring of 256 GPUs with one slow card, noise and late starts") {
  WhatIf what_if = uneven();
  what_if.degraded.push_back({"node5.nic7.out", 0.5});
  costmodel::Plan plan;
  plan.ring = plan.inner_ring = 256;
  plan.layout = costmodel::Layout::contiguous;
  const costmodel::Scenario scenario = tests::eight_gpu_nodes(256, 1024);
  const SimulatedCase c(scenario, plan, what_if);
  REQUIRE(!c.phases[0].shared.any());
  const std::vector<double> worst = tests::in_child([&] {
    tests::WholeNetwork whole(c);
    return std::vector<double>{tests::worst_difference(c.recurrence(0).ends, c.run(whole.engine, 0).ends)};
  });
  CHECK(worst[0] < 1e-9);
}

TEST_CASE("the methods that never share a link are compared in both directions") {
  // What the tests above cover: phases that share nothing, by method.
  const costmodel::Scenario scenario = tests::eight_gpu_nodes(32, 1024);
  std::map<std::string, int> covered;
  for (const tests::NamedPlan& named : tests::one_of_each(32)) {
    if (reject(scenario, named.plan)) continue;
    const SimulatedCase c(scenario, named.plan);
    for (const tests::SimulatedPhase& phase : c.phases) covered[named.name] += phase.shared.any() ? 0 : 1;
  }
  // Backward rings send a block and a gradient over one link.
  for (const char* ring : {"ring 0", "ring 1", "ring 2", "burst flat", "double ring", "burst double"})
    CHECK(covered[ring] == 1);
  for (const char* other : {"all gather", "ulysses", "tensor", "single"}) {
    CAPTURE(other);
    CHECK(covered[other] == 2);
  }
  CHECK(covered["hybrid"] >= 1);
  CHECK(covered["hybrid inner 2"] >= 1);
}
