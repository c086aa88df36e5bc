#include "costmodel/price/memory.h"

#include <algorithm>
#include <map>
#include <string>

#include "costmodel/schedule/lowering.h"
#include "tests/catch.h"
#include "tests/schedule/test_scenarios.h"

using namespace costmodel;

namespace {

constexpr std::int64_t h = 8, k = 2, d = 16, B = 3;

Plan ring(int outer, int inner, BackwardSide side = BackwardSide::kv, GradDtype dtype = GradDtype::bf16) {
  Plan plan;
  plan.ring = outer * inner;
  plan.inner_ring = inner;
  plan.backward = side;
  plan.grad_dtype = dtype;
  return plan;
}

Scenario scenario_of(const Plan& plan, std::int64_t sequence, WorkPhase phase) {
  Scenario scenario = tests::scenario_for(plan);
  scenario.model = tests::small_model(h, k, d);
  scenario.workload.sequence = sequence;
  scenario.workload.batch = B;
  scenario.workload.phase = phase;
  return scenario;
}

std::map<std::string, double> items(const Plan& plan, std::int64_t sequence, WorkPhase phase) {
  const MemoryPeak peak = memory_peak(lower(scenario_of(plan, sequence, phase), plan), Bytes(0));
  std::map<std::string, double> list;
  double sum = 0;
  for (const MemoryItem& item : peak.items) {
    list[item.name] += item.bytes.value;
    sum += item.bytes.value;
  }
  CHECK(sum == peak.buffers.value);
  return list;
}

}  // namespace

TEST_CASE("a forward ring holds its tensors, the fp32 state and two blocks that arrive") {
  constexpr std::int64_t n = 256, G = 8;
  const double q = B * n * h * d * 2, kv = 2 * B * n * k * d * 2, row = B * n * h * 4;
  const std::map<std::string, double> expected{{"Q", q},
                                               {"K,V", kv},
                                               {"O", q},
                                               {"LSE", row},
                                               {"fp32 output state", 2 * q},
                                               {"K,V receive 0", kv},
                                               {"K,V receive 1", kv}};
  CHECK(items(ring(1, G), n * G, WorkPhase::forward) == expected);
}

TEST_CASE("a backward ring adds the gradients that stay, travel, arrive and come home") {
  constexpr std::int64_t n = 256, G = 8;
  const double q = B * n * h * d * 2, kv = 2 * B * n * k * d * 2, row = B * n * h * 4;
  std::map<std::string, double> expected{{"Q", q},
                                         {"K,V", kv},
                                         {"LSE", row},
                                         {"delta", row},
                                         {"dO", q},
                                         {"dQ fp32", 2 * q},
                                         {"dK,dV travelling 0", 2 * kv},
                                         {"dK,dV travelling 1", 2 * kv},
                                         {"dK,dV", 2 * kv},
                                         {"dK,dV part", kv},
                                         {"K,V receive 0", kv},
                                         {"K,V receive 1", kv}};
  CHECK(items(ring(1, G, BackwardSide::kv, GradDtype::fp32), n * G, WorkPhase::backward) == expected);
}

TEST_CASE("a double ring holds two more blocks for the way between nodes") {
  const auto flat = items(ring(1, 8), 2048, WorkPhase::forward);
  auto twofold = items(ring(4, 2), 2048, WorkPhase::forward);
  CHECK(twofold.at("K,V node receive 0") == twofold.at("K,V"));
  CHECK(twofold.at("K,V node receive 1") == twofold.at("K,V"));
  twofold.erase("K,V node receive 0");
  twofold.erase("K,V node receive 1");
  CHECK(twofold == flat);
}

TEST_CASE("an all-gather holds the whole sequence's keys and values") {
  Plan plan = ring(1, 8);
  plan.transport = Transport::all_gather;
  const auto list = items(plan, 2048, WorkPhase::forward);
  CHECK(list.at("K,V gathered") == 8 * list.at("K,V"));
}

TEST_CASE("the peak is reached by an operation that touches or outlives every item") {
  for (const int ranks : {1, 6, 12})
    for (const Plan& plan : tests::every_plan(ranks)) {
      const Schedule schedule = lower(tests::scenario_for(plan), plan);
      const MemoryPeak peak = memory_peak(schedule, Bytes(1000));
      INFO(axes_text(plan));
      REQUIRE(peak.total() == peak_bytes(schedule, Bytes(1000)));
      const auto phase = std::find_if(schedule.phases.begin(), schedule.phases.end(),
                                      [&](const Phase& p) { return p.name == peak.phase; });
      REQUIRE(phase != schedule.phases.end());
      REQUIRE(peak.op.at() < phase->ops.size());
      double everything = 0;
      for (const Buffer& buffer : phase->buffers) everything += buffer.bytes.value;
      REQUIRE(peak.buffers.value <= everything);
      // What an operation touches lives while it runs.
      for (const Op& op : phase->ops) {
        double touched = 0;
        for (std::size_t b = 0; b < op.read_count; ++b)
          touched += phase->buffers[op.reads[b].at()].bytes.value;
        REQUIRE(peak.buffers.value >= touched);
      }
    }
}

TEST_CASE("memory grows with tokens and with the batch") {
  for (const Plan& plan : tests::every_plan(12)) {
    Scenario scenario = tests::scenario_for(plan, 2);
    const Bytes small = peak_bytes(lower(scenario, plan), Bytes(0));
    scenario.workload.sequence *= 2;
    const Bytes longer = peak_bytes(lower(scenario, plan), Bytes(0));
    scenario.workload.batch = 3;
    const Bytes wider = peak_bytes(lower(scenario, plan), Bytes(0));
    INFO(axes_text(plan));
    REQUIRE(longer.value == 2 * small.value);
    REQUIRE(wider.value == 3 * longer.value);
  }
}

TEST_CASE("the longest sequence fits and one unit more does not") {
  for (const int ranks : {1, 2, 6, 12})
    for (const Plan& plan : tests::every_plan(ranks)) {
      Scenario scenario = tests::scenario_for(plan);
      const std::int64_t longest = longest_sequence(scenario, plan);
      // Whole tiles of 128 tokens that every degree divides.
      const std::int64_t parts = std::int64_t{2} * plan.ring * plan.ulysses * plan.tensor;
      std::int64_t unit = 128;
      while (unit % parts != 0) unit += 128;
      INFO(axes_text(plan));
      REQUIRE(longest > 0);
      REQUIRE(longest % unit == 0);
      const auto fits = [&](std::int64_t sequence) {
        scenario.workload.sequence = sequence;
        return !reject(scenario, plan) && peak_bytes(lower(scenario, plan), scenario.search.memory_reserve) <=
                                              device_memory(scenario.cluster);
      };
      REQUIRE(fits(longest));
      REQUIRE_FALSE(fits(longest + unit));
    }
}

TEST_CASE("more memory never shortens the longest sequence, and too little leaves none") {
  const Plan plan = ring(2, 4);
  Scenario scenario = tests::scenario_for(plan);
  Bytes& memory = scenario.cluster.groups[0].node.device.memory.value;
  std::int64_t before = 0;
  for (const double gigabytes : {1.0, 2.5, 8.0, 40.0, 80.0, 192.0}) {
    memory = Bytes(gigabytes * 1e9);
    const std::int64_t longest = longest_sequence(scenario, plan);
    CHECK(longest >= before);
    before = longest;
  }
  CHECK(before > 0);
  memory = Bytes(1e9);  // less than the reserve
  CHECK(longest_sequence(scenario, plan) == 0);
}

TEST_CASE("the smallest device of a cluster decides") {
  ClusterSpec cluster = tests::small_cluster(1, 8, 8);
  cluster.groups.push_back(cluster.groups[0]);
  cluster.groups[1].node.device.memory.value = Bytes(40e9);
  CHECK(device_memory(cluster) == Bytes(40e9));
}
