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
  for (const Plan& plan : tests::thinned(candidates(scenario), tests::every_nth_plan)) {
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
      const Plan plan = plan_of(std::string(transport) + ":checkpoint=" + checkpoint);
      Scenario used = scenario;
      if (plan.double_ring()) used.cluster = tests::small_cluster(2, 2, 2);
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
  // Two sequences, 12 kv heads of 8, K and V of the rank's quarter of 64 tokens in bf16; the cache of both
  // layers is there all the time.
  const double row = 2.0 * 2 * 12 * 8 * 2;
  const auto cache = [&] {
    for (const Buffer& buffer : lower(scenario, plan).resident)
      if (buffer.payload == Payload::kv_cache) return buffer.bytes;
    return Bytes(0);
  };
  CHECK(lower(scenario, plan).phases.at(1).kept_bytes() == Bytes(row * 64 / 4));
  CHECK(cache() == Bytes(2 * row * 32 / 4));
  scenario.workload.logits = Logits::all;
  CHECK(lower(scenario, plan).phases.at(1).kept_bytes() == Bytes(0));
  CHECK(cache() == Bytes(2 * row * 32 / 4));
}

TEST_CASE("a phase depends on no axis that its recipe leaves out") {
  for (const WorkPhase phase : {WorkPhase::training_step, WorkPhase::prefill}) {
    Scenario scenario = step_scenario(6, phase);
    scenario.search.grad_dtypes = {GradDtype::bf16, GradDtype::fp32};
    if (phase == WorkPhase::prefill) scenario.workload.cached = 24;
    const auto text_of = [](const Phase& p) {
      std::string text;
      for (const Op& op : p.ops) {
        text += op_name(p, op) + std::to_string(static_cast<int>(op.lane)) + std::to_string(op.visit.inner);
        for (std::size_t w = 0; w < op.wait_count; ++w) text += "<" + std::to_string(op.waits[w].value);
      }
      for (const Transfer& t : p.transfers) text += "t" + std::to_string(t.bytes.value);
      for (const Collective& c : p.collectives) text += "c" + std::to_string(c.bytes.value);
      for (const Elementwise& e : p.elementwise)
        text += "e" + std::to_string((e.per_query_row + e.per_key_row + e.fixed).value);
      for (const Gemm& g : p.gemms) text += "g" + std::to_string(g.flops().value);
      for (const HostWork& h : p.host_works) text += "h" + std::to_string(h.bytes.value);
      for (const Buffer& b : p.buffers)
        text += std::string(b.name) + std::to_string(b.bytes.value) +
                std::to_string(static_cast<int>(b.lifetime));
      return text;
    };
    for (const Plan& plan : tests::thinned(candidates(scenario), tests::every_nth_plan)) {
      if (reject(scenario, plan)) continue;
      for (PhaseRecipe recipe : step_recipes(scenario, plan)) {
        const Phase reduced = lower_phase(scenario, recipe);
        recipe.plan = plan;
        INFO(axes_text(plan) << ", " << reduced.name);
        REQUIRE(text_of(lower_phase(scenario, recipe)) == text_of(reduced));
      }
    }
  }
}

TEST_CASE("the last layer's sharded weights stay through the LM head") {
  const Scenario scenario = step_scenario(4);
  const Schedule schedule = lower(scenario, plan_of("transport=ring:ring=4:layout=zigzag:zero=3"));
  const StepShape shape = step_shape(scenario, plan_of("transport=ring:ring=4:layout=zigzag:zero=3"));
  Bytes through;
  for (const Buffer& buffer : schedule.phases.at(2).buffers)
    if (buffer.lifetime == Lifetime::through) through += buffer.bytes;
  CHECK(through == shape.weight_bytes(shape.parameters.attention + shape.parameters.feed_forward));
}

TEST_CASE("with contiguous tokens the later ranks keep all of their output") {
  const Scenario scenario = step_scenario(4);
  const auto kept = [&](const std::string& axes) {
    return lower(scenario, plan_of(axes)).phases.at(1).kept_bytes();
  };
  const std::string ring = "transport=ring:ring=4:layout=";
  CHECK(kept(ring + "contiguous:checkpoint=half_attention_output") ==
        kept(ring + "zigzag:checkpoint=attention_output"));
  CHECK(kept(ring + "zigzag:checkpoint=half_attention_output") <
        kept(ring + "zigzag:checkpoint=attention_output"));
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
