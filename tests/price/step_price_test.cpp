// A plan's price from shared phases equals the price of its own schedule, whatever was priced before it.
#include <cmath>

#include "costmodel/answer/search.h"
#include "costmodel/plan/candidates.h"
#include "costmodel/plan/plan_text.h"
#include "costmodel/price/plan_figures.h"
#include "costmodel/price/plan_price.h"
#include "costmodel/schedule/lower_step.h"
#include "costmodel/schedule/lowering.h"
#include "tests/catch.h"
#include "tests/schedule/test_scenarios.h"

using namespace costmodel;

namespace {

Scenario step_scenario(WorkPhase phase, int nodes, int gpus) {
  Scenario scenario = tests::small_scenario(nodes, gpus, 48 * nodes * gpus);
  scenario.model = tests::small_model(64, 16, 16);
  scenario.model.layers = 3;
  scenario.workload.phase = phase;
  scenario.workload.batch = 4;
  scenario.workload.accumulation = 2;
  scenario.search.grad_dtypes = {GradDtype::bf16, GradDtype::fp32};
  return scenario;
}

// Time, traffic and memory of the whole schedule, without anything shared.
struct Unshared {
  double time = 0;
  Traffic traffic;
  Bytes memory;
};

Unshared unshared(const Scenario& scenario, const Plan& plan, const Pricer& pricer) {
  const Schedule schedule = lower(scenario, plan);
  const std::vector<const Calibration*> calibrations(scenario.cluster.groups.size(), &pricer.calibration());
  WalkScratch scratch(pricer.map());
  Unshared result;
  for (const Phase& phase : schedule.phases)
    result.time +=
        schedule.runs(phase) * walk(schedule, phase, 2, pricer.map(), calibrations, scratch, {}).time.value;
  result.traffic = count_traffic(schedule, pricer.map());
  result.memory = peak_bytes(schedule, scenario.search.memory_reserve);
  return result;
}

}  // namespace

TEST_CASE("plans that share phases are priced as if alone") {
  for (const WorkPhase phase : {WorkPhase::training_step, WorkPhase::prefill}) {
    Scenario scenario = step_scenario(phase, 2, 4);
    if (phase == WorkPhase::prefill) scenario.workload.cached = 384;
    Pricer pricer(scenario);
    std::size_t checked = 0;
    for (const Plan& plan : candidates(scenario)) {
      const PlanPrice price = pricer.price(plan);
      if (price.phases.empty()) continue;
      // A sample of every axis: prime to their lengths.
      if (checked++ % 7 != 0) continue;
      const Unshared alone = unshared(scenario, plan, pricer);
      INFO(axes_text(plan));
      REQUIRE(price.time.value == Approx(alone.time).epsilon(1e-12));
      REQUIRE(price.memory.value == Approx(alone.memory.value).epsilon(1e-12));
      REQUIRE(price.traffic.per_gpu.value == Approx(alone.traffic.per_gpu.value).epsilon(1e-12));
      for (std::size_t i = 0; i < traffic_item_count; ++i)
        REQUIRE(price.traffic.items[i].value ==
                Approx(alone.traffic.items[i].value).epsilon(1e-12).margin(1e-9));
    }
    CHECK(checked > (phase == WorkPhase::prefill ? 20U : 5000U));
  }
}

TEST_CASE("a step takes at least its busiest GPU's kernels, and as long as its phases") {
  const Scenario scenario = step_scenario(WorkPhase::training_step, 1, 4);
  Pricer pricer(scenario);
  for (const Plan& plan : candidates(scenario)) {
    const PlanPrice price = pricer.price(plan);
    if (price.phases.empty()) continue;
    INFO(axes_text(plan));
    REQUIRE(price.time.value >= price.compute.value * (1 - 1e-12));
    double kernels = 0;
    for (const PhaseTime& phase : price.phases) {
      double parts = 0;
      for (const Seconds part : phase.parts) parts += part.value;
      REQUIRE(parts == Approx(phase.compute.value).epsilon(1e-12));
      REQUIRE(phase.time.value >= phase.compute.value * (1 - 1e-12));
      kernels += parts;
    }
    REQUIRE(kernels > 0);
    REQUIRE(price.error.total().value > 0);
  }
}

TEST_CASE("the error of the host's work is its own, not the kernels' or the links'") {
  const Scenario scenario = step_scenario(WorkPhase::training_step, 1, 4);
  Pricer pricer(scenario);
  Plan plan;
  apply_axes(plan, "transport=ring:ring=4:layout=zigzag");
  const PlanPrice without = pricer.price(plan);
  plan.offload = Offload::optimizer;
  const PlanPrice with = pricer.price(plan);
  const auto relative = [](const std::vector<Figure>& figures, std::string_view name) {
    const Figure* figure = find_figure(figures, name);
    REQUIRE(figure != nullptr);
    REQUIRE(figure->value > 0);
    return (figure->high - figure->value) / (z90 * figure->value);
  };
  const std::vector<Figure> figures = plan_figures(pricer, with), before = plan_figures(pricer, without);
  CHECK(relative(figures, "host") == Approx(0.3));
  CHECK(relative(figures, "phases.optimizer.exposed") == Approx(0.3));
  CHECK(relative(figures, "phases.optimizer.time") ==
        Approx(std::hypot(0.3, pricer.calibration().method_residual, pricer.calibration().run_residual)));
  // The kernels lose the update, which streams memory, and nothing else.
  CHECK((without.error.compute - with.error.compute).value ==
        Approx(pricer.calibration().memory_residual * (without.compute - with.compute).value));
  CHECK(relative(figures, "slowdown") == Approx(relative(before, "slowdown")));
  CHECK(without.error.host.value == 0);
  CHECK(with.error.host.value == Approx(0.3 * with.host.value));
}

TEST_CASE("waits have the error of the links that their bytes cross, and all of the time that of the run") {
  Plan plan;
  apply_axes(plan, "transport=ring:ring=4");
  const Scenario one_node = step_scenario(WorkPhase::training_step, 1, 4);
  Pricer inside(one_node);
  const PlanPrice price = inside.price(plan);
  const Calibration& calibration = inside.calibration();
  REQUIRE(price.exposed().value > 0);
  CHECK(price.error.scale_up.value == Approx(calibration.link_residual * price.exposed().value));
  CHECK(price.error.scale_out.value == 0);
  CHECK(price.error.run.value == Approx(calibration.run_residual * price.time.value));
  CHECK(price.error.method.value == Approx(calibration.method_residual * price.time.value));
  const Scenario two_nodes = step_scenario(WorkPhase::training_step, 2, 2);
  Pricer across(two_nodes);
  const PlanPrice far = across.price(plan);
  CHECK(far.error.scale_up.value > 0);
  CHECK(far.error.scale_out.value > 0);
  CHECK((far.error.scale_up + far.error.scale_out).value ==
        Approx(across.calibration().link_residual * far.exposed().value));
}

TEST_CASE("figures name the formula of their interval, that of memory from what comes and goes") {
  const Scenario scenario = step_scenario(WorkPhase::training_step, 1, 4);
  Pricer pricer(scenario);
  Plan plan;
  apply_axes(plan, "transport=ring:ring=4");
  const std::vector<Figure> figures = plan_figures(pricer, pricer.price(plan));
  const Figure& peak = *find_figure(figures, "memory.peak");
  const Schedule schedule = lower(scenario, plan);
  const Bytes moving = moving_bytes(schedule, memory_peak(schedule, scenario.search.memory_reserve).buffers);
  CHECK(moving.value > 0);
  CHECK(peak.high - peak.value == Approx(1.645 * 0.0651 * moving.value).epsilon(1e-3));
  CHECK(peak.value - peak.low == Approx(peak.high - peak.value));
  CHECK(peak.interval_formula == "5.9");
  for (const char* timed : {"time", "compute", "tokens_per_second_per_gpu"})
    CHECK(find_figure(figures, timed)->interval_formula == "4.6");
  CHECK(find_figure(figures, "model_flops")->interval_formula.empty());
}

TEST_CASE("recomputing more is never faster, and keeps less") {
  const Scenario scenario = step_scenario(WorkPhase::training_step, 1, 4);
  Pricer pricer(scenario);
  for (const char* transport :
       {"transport=ring:ring=4:layout=zigzag", "transport=ring:ring=4:layout=contiguous",
        "transport=ring:ring=4:layout=striped:backward=q", "transport=all_gather:ring=4",
        "transport=all_to_all:ulysses=4", "transport=hybrid:ulysses=2:ring=2", "transport=tensor:tensor=4"}) {
    const auto price = [&](const char* checkpoint) {
      Plan plan;
      apply_axes(plan, std::string(transport) + ":checkpoint=" + checkpoint);
      return pricer.price(plan);
    };
    INFO(transport);
    const PlanPrice none = price("none"), outputs = price("attention_output"),
                    half = price("half_attention_output"), full = price("full");
    REQUIRE(!none.phases.empty());
    CHECK(none.time < outputs.time);
    CHECK(outputs.time <= half.time);
    CHECK(half.time <= full.time);
  }
}

TEST_CASE("an optimizer on the host frees its states and takes the links to the host") {
  const Scenario scenario = step_scenario(WorkPhase::training_step, 1, 4);
  Pricer pricer(scenario);
  Plan plan;
  apply_axes(plan, "transport=ring:ring=4:layout=zigzag:zero=3");
  const PlanPrice device = pricer.price(plan);
  plan.offload = Offload::optimizer;
  const PlanPrice host = pricer.price(plan);
  const double parameters = static_cast<double>(step_shape(scenario, plan).parameters.total) / 4;
  CHECK(device.host.value == 0);
  // Gradients out and weights in over 25 GB/s, states read and written in host memory.
  const double update = pricer.calibration().host_update.value.value;
  CHECK(host.host.value ==
        Approx(2 * 2 * parameters / 25e9 + (2 * 2 + 2 * 12) * parameters / update).epsilon(1e-12));
  CHECK(device.memory.value - host.memory.value == Approx(12 * parameters).epsilon(1e-12));
}

TEST_CASE("replicas work side by side: tokens per second count them, ties compare one") {
  const Scenario scenario = step_scenario(WorkPhase::training_step, 1, 4);
  Pricer pricer(scenario);
  Plan one, four;
  apply_axes(one, "transport=none");
  apply_axes(four, "transport=none:data=4");
  const PlanPrice single = pricer.price(one), replicated = pricer.price(four);
  CHECK(replicated.per_replica().value == replicated.time.value / 4);
  CHECK(replicated.per_replica() < single.per_replica());
  CHECK(!is_tie(single, replicated));
  CHECK(is_tie(replicated, replicated));
}
