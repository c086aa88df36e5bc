// Whole-model schedules: operations refer to what exists, nothing is overwritten while in use, recomputation
// does what was not kept and no more.
#include <map>

#include "costmodel/plan/candidates.h"
#include "costmodel/schedule/lower_step.h"
#include "costmodel/schedule/lowering.h"
#include "tests/catch.h"
#include "tests/schedule/buffer_races.h"
#include "tests/schedule/test_scenarios.h"

using namespace costmodel;

namespace {

Scenario step_scenario(int ranks, WorkPhase phase = WorkPhase::training_step) {
  Scenario scenario = tests::small_scenario(1, ranks, 16 * ranks);
  scenario.model = tests::small_model(48, 12, 8);
  scenario.workload.phase = phase;
  scenario.workload.batch = 2;
  scenario.workload.accumulation = phase == WorkPhase::training_step ? 2 : 1;
  return scenario;
}

// Pairs that a recomputation computes again, all heads of all ranks that see the same tokens counted once.
double pairs_again(const Schedule& schedule) {
  double pairs = 0;
  for (const Phase& phase : schedule.phases)
    for (const Op& op : phase.ops) {
      if (op.kind != OpKind::attention || op.purpose != Purpose::recompute) continue;
      const RankGrid& grid = schedule.grid;
      for (int p = 0; p < grid.ring(); ++p) {
        RankCoordinates at;
        at.outer = p / grid.inner;
        at.inner = p % grid.inner;
        pairs += schedule.geometry(op, at).kept_pairs;
      }
    }
  return pairs;
}

Plan plan_of(const std::string& axes) {
  Plan plan;
  apply_axes(plan, axes);
  return plan;
}

}  // namespace

TEST_CASE("in every phase of every step operations that share a buffer are ordered") {
  for (const WorkPhase phase : {WorkPhase::training_step, WorkPhase::prefill})
    for (const int ranks : {1, 4, 6}) {
      Scenario scenario = step_scenario(ranks, phase);
      if (phase == WorkPhase::prefill) scenario.workload.cached = 24;
      for (const Plan& plan : candidates(scenario)) {
        if (reject(scenario, plan)) continue;
        for (const Phase& part : lower(scenario, plan).phases) {
          INFO(axes_text(plan) << ", " << part.name);
          REQUIRE(tests::first_race(part) == "");
        }
      }
    }
}

TEST_CASE("works of every operation exist, and buffers too") {
  const Scenario scenario = step_scenario(4);
  for (const Plan& plan : candidates(scenario)) {
    if (reject(scenario, plan)) continue;
    const Schedule schedule = lower(scenario, plan);
    REQUIRE(schedule.phases.size() >= 6);
    for (const Phase& phase : schedule.phases)
      for (const Op& op : phase.ops) {
        std::size_t works = phase.elementwise.size();
        if (op.kind == OpKind::gemm) works = phase.gemms.size();
        if (op.kind == OpKind::exchange) works = phase.transfers.size();
        if (op.kind == OpKind::collective) works = phase.collectives.size();
        if (op.kind == OpKind::host) works = phase.host_works.size();
        INFO(axes_text(plan) << ", " << phase.name);
        if (op.kind != OpKind::attention) REQUIRE(static_cast<std::size_t>(op.work) < works);
        for (std::size_t b = 0; b < op.read_count; ++b) REQUIRE(op.reads[b].at() < phase.buffers.size());
        for (std::size_t b = 0; b < op.write_count; ++b) REQUIRE(op.writes[b].at() < phase.buffers.size());
      }
  }
}

TEST_CASE("full recomputation repeats all pairs, that of the earlier half a quarter, kept outputs none") {
  for (const char* transport :
       {"transport=ring:ring=4:layout=zigzag", "transport=ring:ring=4:layout=contiguous",
        "transport=ring:ring=4:layout=striped", "transport=ring:ring=4:inner_ring=2:layout=zigzag",
        "transport=all_gather:ring=4:layout=zigzag", "transport=all_to_all:ulysses=4",
        "transport=hybrid:ulysses=2:ring=2:layout=zigzag", "transport=tensor:tensor=4"}) {
    const Scenario scenario = step_scenario(4);
    const double N = static_cast<double>(scenario.workload.sequence), half = N / 2;
    const auto again = [&](const char* checkpoint) {
      Scenario nodes = scenario;
      nodes.cluster = tests::small_cluster(2, 2, 2);
      const Plan plan = plan_of(std::string(transport) + ":checkpoint=" + checkpoint);
      Scenario& used = plan.inner_ring < plan.ring ? nodes : const_cast<Scenario&>(scenario);
      REQUIRE(!reject(used, plan));
      Schedule schedule = lower(used, plan);
      // The phase that accumulates and the one that reduces do the same.
      std::erase_if(schedule.phases, [](const Phase& p) { return p.cadence == Cadence::all_but_last; });
      return pairs_again(schedule);
    };
    INFO(transport);
    CHECK(again("none") == 0);
    CHECK(again("attention_output") == 0);
    CHECK(again("full") == N * (N + 1) / 2);
    CHECK(again("half_attention_output") == half * (half + 1) / 2);
  }
}

TEST_CASE("a step runs every micro-batch, and its optimizer once") {
  const Scenario scenario = step_scenario(4);
  const Schedule whole = lower(scenario, plan_of("transport=ring:ring=4:layout=zigzag:zero=1"));
  const Schedule sharded = lower(scenario, plan_of("transport=ring:ring=4:layout=zigzag:zero=2"));
  const auto runs = [](const Schedule& schedule) {
    std::map<std::string, int> counts;
    for (const Phase& phase : schedule.phases) counts[std::string(phase.name)] += schedule.runs(phase);
    return counts;
  };
  CHECK(runs(whole) == std::map<std::string, int>{{"embedding", 2},
                                                  {"layer forward", 4},
                                                  {"LM head", 2},
                                                  {"layer backward, accumulating", 2},
                                                  {"layer backward", 2},
                                                  {"embedding backward, accumulating", 1},
                                                  {"embedding backward", 1},
                                                  {"optimizer", 1}});
  CHECK(runs(sharded) == std::map<std::string, int>{{"embedding", 2},
                                                    {"layer forward", 4},
                                                    {"LM head", 2},
                                                    {"layer backward", 4},
                                                    {"embedding backward", 2},
                                                    {"optimizer", 1}});
}

TEST_CASE("a prefill keeps its keys and values, unless the text is only scored") {
  Scenario scenario = step_scenario(4, WorkPhase::prefill);
  scenario.workload.cached = 32;
  const Plan plan = plan_of("transport=ring:ring=4:layout=zigzag");
  // Two sequences, 12 kv heads of 8, K and V of the rank's quarter of 64 + 32 tokens in bf16.
  CHECK(lower(scenario, plan).phases.at(1).kept_bytes() == Bytes(2.0 * 2 * 12 * 8 * (64 + 32) / 4 * 2));
  scenario.workload.logits = Logits::all;
  CHECK(lower(scenario, plan).phases.at(1).kept_bytes() == Bytes(0));
}

TEST_CASE("sharded weights are gathered before they are used, half a layer ahead") {
  const Scenario scenario = step_scenario(4);
  const Schedule schedule = lower(scenario, plan_of("transport=ring:ring=4:layout=zigzag:zero=3"));
  const Phase& forward = schedule.phases.at(1);
  int gathers = 0;
  for (const Op& op : forward.ops) {
    if (op.kind == OpKind::collective && op.lane == Lane::parameters) ++gathers;
    if (op.kind != OpKind::gemm) continue;
    const std::string_view name = forward.gemms[static_cast<std::size_t>(op.work)].name;
    // The attention half comes with weights that were there, and the feed-forward half waits for its own.
    bool waits_for_weights = false;
    for (std::size_t w = 0; w < op.wait_count; ++w)
      waits_for_weights |= forward.ops[op.waits[w].at()].lane == Lane::parameters;
    CHECK(waits_for_weights == (name == "gate, up projection"));
  }
  CHECK(gathers == 2 * 6);
}
