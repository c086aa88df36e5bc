#include "costmodel/plan/reject.h"

#include <string>

#include "costmodel/plan/plan_text.h"
#include "tests/catch.h"
#include "tests/schedule/test_scenarios.h"

using namespace costmodel;

namespace {

// Four nodes of eight GPUs, 32 query and 8 kv heads.
Scenario four_nodes(std::int64_t sequence = 4096) {
  Scenario scenario = tests::small_scenario(4, 8, sequence);
  scenario.model = tests::small_model(32, 8, 128);
  return scenario;
}

std::string reason(const Scenario& scenario, const std::string& axes) {
  Plan plan;
  apply_axes(plan, axes);
  const auto rejection = reject(scenario, plan);
  return rejection ? rejection->text : "";
}

RejectReason kind(const Scenario& scenario, const std::string& axes) {
  Plan plan;
  apply_axes(plan, axes);
  const auto rejection = reject(scenario, plan);
  REQUIRE(rejection.has_value());
  return rejection->reason;
}

}  // namespace

TEST_CASE("a plan that fits is not rejected") {
  for (const char* axes : {"transport=none", "transport=ring:ring=32", "transport=ring:ring=32:inner_ring=8",
                           "transport=all_gather:ring=16:layout=striped", "transport=all_to_all:ulysses=8",
                           "transport=hybrid:ulysses=4:ring=8:inner_ring=2", "transport=tensor:tensor=8",
                           "transport=ring:tensor=2:ring=16:inner_ring=4", "transport=ring:data=4:ring=8"})
    CHECK(reason(four_nodes(), axes) == "");
}

TEST_CASE("degrees that the transport has no use for are rejected") {
  CHECK(reason(four_nodes(), "transport=none:ring=2") == "transport none needs tensor = ulysses = ring = 1");
  CHECK(reason(four_nodes(), "transport=ring:ring=1") == "transport ring needs ring >= 2 and ulysses = 1");
  CHECK(reason(four_nodes(), "transport=ring:ring=4:ulysses=2") ==
        "transport ring needs ring >= 2 and ulysses = 1");
  CHECK(reason(four_nodes(), "transport=all_gather:ulysses=2:ring=4") ==
        "transport all_gather needs ring >= 2 and ulysses = 1");
  CHECK(reason(four_nodes(), "transport=all_to_all") ==
        "transport all_to_all needs ulysses >= 2 and ring = 1");
  CHECK(reason(four_nodes(), "transport=hybrid:ulysses=4") ==
        "transport hybrid needs ulysses >= 2 and ring >= 2");
  CHECK(reason(four_nodes(), "transport=tensor") ==
        "transport tensor needs tensor >= 2 and ulysses = ring = 1");
  CHECK(reason(four_nodes(), "transport=ring:ring=1048576:data=1048576") == "has more than 1,048,576 ranks");
  Plan none;
  none.ring = 0;
  CHECK(reject(four_nodes(), none)->text == "every degree must be at least 1");
  CHECK(kind(four_nodes(), "transport=tensor") == RejectReason::degrees);
}

TEST_CASE("a plan with more ranks than GPUs is rejected") {
  CHECK(reason(four_nodes(), "transport=ring:ring=64") == "needs 64 GPUs, the cluster has 32");
  CHECK(kind(four_nodes(), "transport=ring:ring=64") == RejectReason::devices);
}

TEST_CASE("a plan that spans nodes needs network cards") {
  Scenario scenario = four_nodes();
  scenario.cluster.groups[0].node.scale_out.nics = 0;
  CHECK(reason(scenario, "transport=ring:ring=16") ==
        "spans nodes, but the nodes have no network cards (nics = 0)");
  CHECK(reason(scenario, "transport=ring:ring=8") == "");
}

TEST_CASE("heads that do not divide are rejected with the number that would") {
  CHECK(reason(four_nodes(), "transport=all_to_all:ulysses=16") == "needs 16 kv heads, the model has 8");
  CHECK(reason(four_nodes(), "transport=tensor:tensor=3") == "splits heads 3 ways, the model has 32");
  Scenario scenario = four_nodes();
  scenario.model = tests::small_model(24, 6, 128);
  CHECK(reason(scenario, "transport=tensor:tensor=4") == "splits kv heads 4 ways, the model has 6");
  CHECK(kind(scenario, "transport=tensor:tensor=4") == RejectReason::heads);
}

TEST_CASE("tokens that do not divide are rejected") {
  CHECK(reason(four_nodes(4112), "transport=ring:ring=32:layout=contiguous") ==
        "4112 tokens do not divide by 32 (ring)");
  CHECK(reason(four_nodes(4128), "transport=ring:ring=32") ==
        "4128 tokens do not divide by 64 (twice the ring, for zigzag)");
  CHECK(reason(four_nodes(4100), "transport=tensor:tensor=8") ==
        "4100 tokens do not divide by 8 (ring x ulysses x tensor)");
  CHECK(kind(four_nodes(4100), "transport=tensor:tensor=8") == RejectReason::tokens);
}

TEST_CASE("an inner ring must divide the ring and pack into nodes") {
  CHECK(reason(four_nodes(), "transport=ring:ring=32:inner_ring=5") ==
        "inner_ring 5 does not divide ring 32");
  CHECK(reason(four_nodes(), "transport=ring:ring=8:inner_ring=16") ==
        "inner_ring 16 does not divide ring 8");
  CHECK(reason(four_nodes(), "transport=ring:ring=32:inner_ring=16") ==
        "an inner ring of 16 takes 16 GPUs and does not fit evenly into nodes of 8");
  CHECK(reason(four_nodes(), "transport=hybrid:ulysses=4:ring=8:inner_ring=4") ==
        "an inner ring of 4 takes 16 GPUs and does not fit evenly into nodes of 8");
  CHECK(reason(four_nodes(), "transport=all_gather:ring=8:inner_ring=4") ==
        "inner_ring has a meaning for ring and hybrid transports only");
}

TEST_CASE("a plan cannot use more ranks than the placement names") {
  Scenario scenario = four_nodes();
  scenario.placement = {DeviceId(0), DeviceId(1), DeviceId(8), DeviceId(9)};
  CHECK(reason(scenario, "transport=ring:ring=8") == "needs 8 GPUs, the placement names 4");
  CHECK(reason(scenario, "transport=ring:ring=4") == "");
}

TEST_CASE("a prefill has no axes of training") {
  Scenario scenario = four_nodes();
  scenario.workload.phase = WorkPhase::prefill;
  CHECK(reason(scenario, "transport=ring:ring=8:zero=3") == "");
  CHECK(reason(scenario, "transport=ring:ring=8:zero=1").starts_with("zero 1 shards"));
  for (const char* axis : {"checkpoint=full", "offload=optimizer", "fused_loss=yes"})
    CHECK(reason(scenario, std::string("transport=ring:ring=8:") + axis).find("in a training step only") !=
          std::string::npos);
}

TEST_CASE("tensor parallelism divides the feed-forward width of a whole model") {
  Scenario scenario = four_nodes();
  scenario.model.ffn = 14340;
  CHECK(reason(scenario, "transport=tensor:tensor=8") == "");
  scenario.workload.phase = WorkPhase::training_step;
  CHECK(reason(scenario, "transport=tensor:tensor=8") ==
        "splits the feed-forward width 14340 8 ways, which does not divide it");
}
