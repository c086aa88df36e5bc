#include "costmodel/plan/candidates.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "costmodel/plan/plan_alias.h"
#include "costmodel/plan/plan_text.h"
#include "tests/catch.h"
#include "tests/schedule/test_scenarios.h"

using namespace costmodel;

namespace {

std::vector<Scenario> many_scenarios() {
  struct Shape {
    int nodes, gpus;
  };
  std::vector<Scenario> list;
  for (const auto [nodes, gpus] : std::vector<Shape>{{1, 1}, {1, 8}, {3, 1}, {1, 6}, {4, 8}, {3, 4}, {8, 8}})
    for (const MaskKind mask : {MaskKind::causal, MaskKind::full})
      for (const WorkPhase phase : {WorkPhase::forward, WorkPhase::backward, WorkPhase::forward_backward}) {
        list.push_back(tests::small_scenario(nodes, gpus, 65536, {mask, 0}));
        list.back().workload.phase = phase;
      }
  Scenario mixed = tests::small_scenario(2, 8, 65536);
  mixed.cluster.groups.push_back({2, tests::small_node(4, 4)});
  list.push_back(mixed);
  return list;
}

bool backward(const Scenario& scenario) { return scenario.workload.phase != WorkPhase::forward; }

template <class T>
std::set<T> values(const std::vector<Plan>& plans, T Plan::*axis) {
  std::set<T> set;
  for (const Plan& plan : plans) set.insert(plan.*axis);
  return set;
}

}  // namespace

TEST_CASE("candidates are distinct and use every GPU") {
  for (Scenario scenario : many_scenarios()) {
    scenario.search.datas = {1, 2, 4};
    std::set<std::string> seen;
    const std::vector<Plan> plans = candidates(scenario);
    CHECK_FALSE(plans.empty());
    for (const Plan& plan : plans) {
      INFO(axes_text(plan));
      REQUIRE(seen.insert(axes_text(plan)).second);
      REQUIRE(plan.world_size() == scenario.cluster.gpu_count());
    }
  }
}

TEST_CASE("candidates are rejected for heads or tokens only") {
  for (const Scenario& scenario : many_scenarios())
    for (const Plan& plan : candidates(scenario)) {
      const auto rejection = reject(scenario, plan);
      if (!rejection) continue;
      INFO(axes_text(plan) << ": " << rejection->text);
      const bool divides_badly =
          rejection->reason == RejectReason::heads || rejection->reason == RejectReason::tokens;
      REQUIRE(divides_badly);
    }
}

TEST_CASE("axes without a meaning stay at one value") {
  for (const Scenario& scenario : many_scenarios())
    for (const Plan& plan : candidates(scenario)) {
      INFO(axes_text(plan));
      if (!backward(scenario) || !plan.transport_is_ring()) REQUIRE(plan.backward == BackwardSide::kv);
      if (!backward(scenario)) REQUIRE(plan.grad_dtype == GradDtype::bf16);
      if (plan.ring == 1 || scenario.workload.mask.kind == MaskKind::full)
        REQUIRE(plan.layout == Layout::contiguous);
    }
}

TEST_CASE("all methods are among the candidates of four nodes") {
  const std::vector<Plan> plans = candidates(tests::small_scenario(4, 8, 65536));
  CHECK(values(plans, &Plan::transport) == std::set<Transport>{Transport::ring, Transport::all_gather,
                                                               Transport::all_to_all, Transport::hybrid,
                                                               Transport::tensor});
  CHECK(values(plans, &Plan::layout).size() == 3);
  CHECK(values(plans, &Plan::backward).size() == 2);
  CHECK(std::any_of(plans.begin(), plans.end(), [](const Plan& p) { return p.double_ring(); }));
}

TEST_CASE("search limits are kept") {
  Scenario scenario = tests::small_scenario(4, 8, 65536);
  scenario.search.transports = {Transport::ring};
  scenario.search.layouts = {Layout::striped};
  scenario.search.backwards = {BackwardSide::q};
  scenario.search.grad_dtypes = {GradDtype::fp32};
  scenario.search.inner_rings = {4, 8};
  scenario.search.tensors = {1, 2};
  const std::vector<Plan> plans = candidates(scenario);
  CHECK_FALSE(plans.empty());
  for (const Plan& plan : plans) {
    INFO(axes_text(plan));
    CHECK(plan.transport == Transport::ring);
    CHECK(plan.layout == Layout::striped);
    CHECK(plan.backward == BackwardSide::q);
    CHECK(plan.grad_dtype == GradDtype::fp32);
    CHECK((plan.inner_ring == 4 || plan.inner_ring == 8));
    CHECK(plan.tensor <= 2);
    CHECK(plan.ulysses == 1);
  }
}

TEST_CASE("a layout that is asked for is searched under a full mask too") {
  Scenario scenario = tests::small_scenario(1, 8, 65536, {MaskKind::full, 0});
  scenario.search.layouts = {Layout::zigzag};
  scenario.search.transports = {Transport::ring, Transport::all_gather};
  const std::vector<Plan> plans = candidates(scenario);
  CHECK_FALSE(plans.empty());
  for (const Plan& plan : plans) CHECK(plan.layout == Layout::zigzag);
}

TEST_CASE("no two candidates of a scenario share a name") {
  for (Scenario scenario : many_scenarios()) {
    scenario.search.datas = {1, 2, 4};
    if (scenario.workload.mask.kind == MaskKind::full)
      scenario.search.layouts = {Layout::contiguous, Layout::zigzag, Layout::striped};
    std::map<std::string, std::string> axes_by_name;
    for (const Plan& plan : candidates(scenario)) {
      const auto [other, fresh] = axes_by_name.emplace(plan_name(plan, scenario), axes_text(plan));
      INFO(other->first << ": " << other->second << " and " << axes_text(plan));
      REQUIRE(fresh);
    }
  }
}
