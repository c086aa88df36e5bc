#include "costmodel/price/traffic.h"

#include "costmodel/schedule/lowering.h"
#include "tests/catch.h"
#include "tests/schedule/test_scenarios.h"

using namespace costmodel;

namespace {

Traffic traffic_of(const Scenario& scenario, const Plan& plan) {
  const ClusterMap map(scenario.cluster, scenario.placement);
  return count_traffic(lower(scenario, plan), map);
}

Plan ring(int outer, int inner) {
  Plan plan;
  plan.ring = outer * inner;
  plan.inner_ring = inner;
  return plan;
}

}  // namespace

TEST_CASE("a flat ring's busiest card carries every block, a double ring's one in L") {
  constexpr int M = 4, L = 8, G = M * L;
  constexpr double block = 2.0 * 4 * 2880 * 8 * 2;  // 2 n K e
  Scenario scenario = tests::small_scenario(M, L, 4 * G);
  scenario.workload.phase = WorkPhase::forward;
  const Traffic flat = traffic_of(scenario, ring(1, G));
  CHECK(flat.per_gpu.value == (G - 1) * block);
  CHECK(flat.scale_up.value == (G - 1) * block);   // of a rank inside its node
  CHECK(flat.scale_out.value == (G - 1) * block);  // of the rank whose edge leaves it
  const Traffic twofold = traffic_of(scenario, ring(M, L));
  CHECK(twofold.per_gpu.value == (G - 1) * block);
  CHECK(twofold.scale_up.value == M * (L - 1) * block);
  CHECK(twofold.scale_out.value == (M - 1) * block);
}

TEST_CASE("traffic of every method is the bytes of its schedule, split over the links") {
  for (const int ranks : {1, 6, 12, 16})
    for (const Plan& plan : tests::every_plan(ranks)) {
      const Scenario scenario = tests::scenario_for(plan);
      const Schedule schedule = lower(scenario, plan);
      double sent = 0;
      for (const Phase& phase : schedule.phases)
        for (const Op& op : phase.ops) {
          const std::size_t work = static_cast<std::size_t>(op.work);
          if (op.kind == OpKind::exchange) sent += phase.transfers[work].bytes.value;
          if (op.kind == OpKind::collective) sent += phase.collectives[work].bytes.value;
        }
      const Traffic traffic = traffic_of(scenario, plan);
      INFO(axes_text(plan));
      REQUIRE(traffic.per_gpu.value == Approx(sent).epsilon(1e-12));
      REQUIRE((traffic.of(TrafficItem::attention) + traffic.of(TrafficItem::tensor)).value ==
              Approx(sent).epsilon(1e-12));
      REQUIRE(traffic.scale_up <= traffic.per_gpu);
      REQUIRE(traffic.scale_out <= traffic.per_gpu);
      if (scenario.cluster.node_count() == 1) REQUIRE(traffic.scale_out.value == 0);
    }
}
