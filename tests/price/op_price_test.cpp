// Prices by relation are the prices of the blocks themselves, at every place and for every operation.
#include "costmodel/price/op_price.h"

#include "costmodel/plan/plan_text.h"
#include "costmodel/price/attention_time.h"
#include "costmodel/schedule/lower_step.h"
#include "costmodel/schedule/lowering.h"
#include "tests/catch.h"
#include "tests/schedule/test_scenarios.h"

using namespace costmodel;

TEST_CASE("relations give every block of every rank its own price") {
  Scenario scenario = tests::small_scenario(1, 8, 48 * 8);
  scenario.model = tests::small_model(64, 16, 16);
  scenario.workload.phase = WorkPhase::training_step;
  const ClusterMap map(scenario.cluster, scenario.placement);
  const Calibration& calibration = built_in_calibration("");
  const DeviceSpec& device = scenario.cluster.groups[0].node.device;
  const std::vector<const Calibration*> list{&calibration};
  for (const char* transport :
       {"transport=ring:ring=8", "transport=ring:ring=6", "transport=all_gather:ring=4",
        "transport=hybrid:ulysses=2:ring=4", "transport=none"})
    for (const char* layout : {"contiguous", "zigzag", "striped"})
      for (const char* checkpoint : {"full", "half_attention_output"})
        for (const char* side : {"kv", "q"}) {
          Plan plan;
          apply_axes(plan, std::string(transport) + ":layout=" + layout + ":checkpoint=" + checkpoint +
                               ":backward=" + side);
          REQUIRE(!reject(scenario, plan));
          const Schedule schedule = lower(scenario, plan);
          const Phase& phase = schedule.phases.at(3);
          REQUIRE(phase.direction == Direction::backward);
          const OpPrices prices(schedule, phase, 2, map, list);
          for (int r = 0; r < schedule.world_size(); ++r)
            for (const Op& op : phase.ops) {
              const bool passes = op.kind == OpKind::elementwise &&
                                  phase.elementwise[static_cast<std::size_t>(op.work)].by_block();
              if (op.kind != OpKind::attention && !passes) continue;
              const OpPrices::At at = prices.at(Rank(r));
              double cost = 0;
              OpPrices::Places one;
              one.add(at);
              prices.fill(op, one, {&cost, 1});
              CHECK(prices.of(op, at) == cost);
              const BlockGeometry block = schedule.geometry(op, at.coordinates);
              double expected =
                  passes ? elementwise_time(phase.elementwise[static_cast<std::size_t>(op.work)], block,
                                            device, calibration)
                               .value
                         : attention_time(block, phase.shape, op.direction, 2, device, calibration).value;
              if (!passes && op.step > 0) expected += calibration.step_overhead.value.value;
              INFO(axes_text(plan) << ", rank " << r << ", " << op_name(phase, op));
              REQUIRE(cost == Approx(expected).epsilon(1e-12));
              REQUIRE(prices.highest(op) >= cost * (1 - 1e-12));
            }
        }
}
