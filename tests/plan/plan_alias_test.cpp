#include "costmodel/plan/plan_alias.h"

#include <string>
#include <vector>

#include "costmodel/base/error.h"
#include "costmodel/plan/plan_text.h"
#include "costmodel/plan/reject.h"
#include "tests/catch.h"
#include "tests/schedule/test_scenarios.h"

using namespace costmodel;

namespace {

// Multi-head and grouped models on clusters of many shapes.
std::vector<Scenario> many_scenarios() {
  struct Shape {
    int nodes, gpus;
  };
  std::vector<Scenario> list;
  for (const auto [nodes, gpus] :
       std::vector<Shape>{{1, 1}, {1, 2}, {1, 8}, {2, 8}, {3, 1}, {1, 6}, {4, 8}, {3, 4}, {5, 4}, {128, 8}})
    for (const std::int64_t kv_heads : {32, 8}) {
      list.push_back(tests::small_scenario(nodes, gpus, 1 << 20));
      list.back().model = tests::small_model(32, kv_heads, 128);
    }
  Scenario mixed = tests::small_scenario(2, 8, 1 << 20);
  mixed.cluster.groups.push_back({2, tests::small_node(4, 4)});
  list.push_back(mixed);
  return list;
}

std::string text_of(const std::string& alias, const Scenario& scenario) {
  return axes_text(plan_from_alias(alias, scenario));
}

std::string error_of(const std::string& alias) {
  try {
    plan_from_alias(alias, tests::small_scenario(1, 8, 4096));
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("every alias uses the cluster or says clearly why it cannot run") {
  for (const Scenario& scenario : many_scenarios())
    for (const PlanAlias& alias : plan_aliases()) {
      const Plan plan = plan_from_alias(std::string(alias.name), scenario);
      const int gpus = scenario.cluster.gpu_count();
      INFO(alias.name << " on " << gpus << " GPUs: " << axes_text(plan));
      REQUIRE(plan.world_size() == (alias.name == "single" ? 1 : gpus));
      const auto rejection = reject(scenario, plan);
      if (!rejection) continue;
      INFO(rejection->text);
      // Heads and tokens may not divide; the shape of the cluster is the alias's own business.
      const bool divides_badly =
          rejection->reason == RejectReason::heads || rejection->reason == RejectReason::tokens;
      REQUIRE(divides_badly);
      REQUIRE_FALSE(rejection->text.empty());
    }
}

TEST_CASE("usp never splits heads that do not divide") {
  for (const Scenario& scenario : many_scenarios())
    for (const char* text : {"usp", "usp:tensor=2"}) {
      if (scenario.cluster.gpu_count() % 2 != 0) continue;
      const Plan plan = plan_from_alias(text, scenario);
      INFO(text << ": " << axes_text(plan));
      const auto rejection = reject(scenario, plan);
      if (rejection) REQUIRE(rejection->reason != RejectReason::heads);
    }
}

TEST_CASE("an alias read back by its name is the same plan") {
  for (const Scenario& scenario : many_scenarios())
    for (const PlanAlias& alias : plan_aliases()) {
      const Plan plan = plan_from_alias(std::string(alias.name), scenario);
      const std::string name = alias_of(plan, scenario);
      INFO(alias.name << " is called " << name);
      REQUIRE(plan_from_alias(name, scenario) == plan);
    }
}

TEST_CASE("aliases mean what people know them for") {
  const Scenario scenario = tests::small_scenario(4, 8, 1 << 20);
  CHECK(text_of("ring", scenario) ==
        "transport=ring:ring=32:inner_ring=32:layout=contiguous:backward=kv:grad_dtype=bf16");
  CHECK(text_of("burst", scenario) ==
        "transport=ring:ring=32:inner_ring=8:layout=zigzag:backward=q:grad_dtype=bf16");
  CHECK(text_of("double-ring", scenario) ==
        "transport=ring:ring=32:inner_ring=8:layout=zigzag:backward=kv:grad_dtype=fp32");
  CHECK(text_of("burst", tests::small_scenario(1, 8, 4096)) ==
        "transport=ring:ring=8:inner_ring=8:layout=zigzag:backward=q:grad_dtype=bf16");
  CHECK(plan_from_alias("usp", scenario).ulysses == 8);
  CHECK(plan_from_alias("usp", scenario).ring == 4);
  CHECK(plan_from_alias("ulysses", scenario).ulysses == 32);
  CHECK(plan_from_alias("tensor", scenario).tensor == 32);
  CHECK(plan_from_alias("single", scenario).world_size() == 1);
}

TEST_CASE("axes after an alias replace its own") {
  const Scenario scenario = tests::small_scenario(4, 8, 1 << 20);
  CHECK(plan_from_alias("ring:grad_dtype=fp32", scenario).grad_dtype == GradDtype::fp32);
  const Plan shorter = plan_from_alias("burst:ring=16", scenario);
  CHECK(shorter.ring == 16);
  CHECK(shorter.inner_ring == 8);
  CHECK(plan_from_alias("burst:inner_ring=4", scenario).inner_ring == 4);
  CHECK(plan_from_alias("burst:tensor=2", scenario).world_size() == 32);
  CHECK(plan_from_alias("burst:tensor=2", scenario).inner_ring == 4);
  CHECK(plan_from_alias("transport=ring:ring=4", scenario).inner_ring == 4);
}

TEST_CASE("names tell a plan's family and degrees") {
  const Scenario scenario = tests::small_scenario(4, 8, 1 << 20);
  const auto name = [&](const std::string& text) {
    return plan_name(plan_from_alias(text, scenario), scenario);
  };
  CHECK(name("burst") == "burst 4x8");
  CHECK(name("burst-kv") == "burst-kv 4x8");
  CHECK(name("zigzag-ring") == "zigzag-ring 32");
  CHECK(name("double-ring") == "burst-kv 4x8 fp32");
  CHECK(name("usp:tensor=2:ulysses=4") == "tensor 2 x usp 4x4 fp32");
  CHECK(name("ring:data=4") == "data 4 x ring 8");
  CHECK(name("single") == "single");
}

TEST_CASE("an unknown alias is refused with the nearest one") {
  CHECK(error_of("brust").find("did you mean \"burst\"?") != std::string::npos);
  CHECK(error_of("ring:fp32").find("expected axis=value") != std::string::npos);
  CHECK(error_of("ring=8").find("expected an alias such as") != std::string::npos);
  CHECK(error_of("").find("unknown plan") == std::string::npos);
}
