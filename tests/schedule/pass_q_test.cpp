// Queries that travel forward: bytes, coverage of the cache, and the published rule.
#include "costmodel/answer/reasons.h"
#include "costmodel/plan/plan_text.h"
#include "costmodel/price/plan_price.h"
#include "costmodel/schedule/lowering.h"
#include "costmodel/spec/cluster_presets.h"
#include "costmodel/spec/model_presets.h"
#include "tests/catch.h"
#include "tests/schedule/test_scenarios.h"

using namespace costmodel;

namespace {

constexpr std::int64_t T = 96, C = 4096, R = 4, n = T / R, h = 32, k = 8, d = 16;

Scenario prefill(std::int64_t cached) {
  Scenario scenario = tests::small_scenario(1, 8, T);
  scenario.model = tests::small_model(h, k, d);
  scenario.workload.phase = WorkPhase::prefill;
  scenario.workload.cached = cached;
  return scenario;
}

Plan ring(ForwardSide side) {
  Plan plan;
  plan.ring = plan.inner_ring = R;
  plan.forward = side;
  return plan;
}

double attention_bytes(const Scenario& scenario, const Plan& plan) {
  const ClusterMap map(scenario.cluster, scenario.placement);
  return count_traffic(lower(scenario, plan), map).of(TrafficItem::attention).value;
}

}  // namespace

TEST_CASE("queries and partial outputs travel instead of keys, values and their cache") {
  const Scenario scenario = prefill(C);
  const double layers = 2;
  CHECK(attention_bytes(scenario, ring(ForwardSide::kv)) == layers * (R - 1) * 2.0 * (n + C / R) * k * d * 2);
  CHECK(attention_bytes(scenario, ring(ForwardSide::q)) ==
        layers * (R - 1) * (n * h * d * 2.0 + n * h * d * 2.0 + n * h * 4.0));
}

TEST_CASE("every new token sees every cached one once, whichever side travels") {
  const Scenario scenario = prefill(C);
  for (const ForwardSide side : {ForwardSide::kv, ForwardSide::q})
    for (const Layout layout : {Layout::contiguous, Layout::zigzag, Layout::striped}) {
      Plan plan = ring(side);
      plan.layout = layout;
      const Schedule schedule = lower(scenario, plan);
      const Phase& phase = schedule.phases.at(1);
      double pairs = 0;
      for (int r = 0; r < R; ++r)
        for (const Op& op : phase.ops)
          if (op.kind == OpKind::attention)
            pairs += schedule.geometry(op, schedule.grid.coordinates(Rank(r))).kept_pairs;
      INFO(axes_text(plan));
      CHECK(pairs == static_cast<double>(T) * C + T * (T + 1) / 2.0);
    }
}

TEST_CASE("with a long cache passing queries is cheaper, without one passing keys and values") {
  Scenario long_cache = prefill(std::int64_t{1} << 22);
  ScaleUpSpec& link = long_cache.cluster.groups.front().node.scale_up;
  link.per_gpu.value = link.one_peer.value = BytesPerSecond(5e9);
  Pricer pricer(long_cache);
  CHECK(pricer.price(ring(ForwardSide::q)).time < pricer.price(ring(ForwardSide::kv)).time);
  CHECK(forward_side_reason(pricer, ring(ForwardSide::kv)).find("pass queries") != std::string::npos);
  Scenario none = prefill(0);
  none.workload.sequence = 1 << 20;
  Pricer fresh(none);
  CHECK(fresh.price(ring(ForwardSide::kv)).time <= fresh.price(ring(ForwardSide::q)).time);
}

TEST_CASE("the published rule passes K,V of Llama-3.1-405B from a miss rate of 12.5 % on") {
  Scenario scenario;
  scenario.model = *find_model_preset("llama-3.1-405b");
  scenario.cluster = *find_cluster_preset("h100-hbm2e");
  scenario.cluster.groups.front().count = 4;
  scenario.workload.phase = WorkPhase::prefill;
  Plan plan = ring(ForwardSide::kv);
  plan.tensor = 8;
  const auto rule = [&](std::int64_t fresh, std::int64_t cached) {
    scenario.workload.sequence = fresh;
    scenario.workload.cached = cached;
    return published_rule(scenario, plan, built_in_calibration("h100-hbm2e-96gb"));
  };
  CHECK(rule(16384, 114688).share_limit == 0.125);
  CHECK(rule(16384, 114688).new_share == 0.125);
  CHECK(rule(16384, 114688).side == ForwardSide::kv);
  CHECK(rule(1024, 130048).side == ForwardSide::q);
  const double share = built_in_calibration("h100-hbm2e-96gb").forward.peak_fraction.value;
  // G F' k e / (2 h b): four ranks of 8 x share x 800 TFLOP/s, 8 of 128 heads, 2 bytes, 8 cards of 26 GB/s.
  CHECK(rule(1024, 130048).hidden_from ==
        Approx(4 * 8 * share * 800e12 * (8.0 / 128) * 2 / (2 * 8 * 26e9)).epsilon(1e-12));
}

TEST_CASE("queries travel forward on rings of a prefill only") {
  Scenario scenario = prefill(0);
  Plan plan = ring(ForwardSide::q);
  CHECK(!reject(scenario, plan));
  scenario.workload.phase = WorkPhase::training_step;
  REQUIRE(reject(scenario, plan));
  CHECK(reject(scenario, plan)->text.find("no backward pass") != std::string::npos);
  scenario.workload.phase = WorkPhase::prefill;
  plan.transport = Transport::all_gather;
  REQUIRE(reject(scenario, plan));
  CHECK(reject(scenario, plan)->text.find("transport is all_gather") != std::string::npos);
  scenario.workload.cached = 3;
  plan.forward = ForwardSide::kv;
  REQUIRE(reject(scenario, plan));
  CHECK(reject(scenario, plan)->text == "3 cached tokens do not divide by 4 (ring)");
}
