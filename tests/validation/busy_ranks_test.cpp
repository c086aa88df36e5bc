// How many ranks compute at once, and what that leaves of a core to each.
#include "validation/busy_ranks.h"

#include "costmodel/plan/plan_alias.h"
#include "tests/catch.h"
#include "tests/schedule/test_scenarios.h"
#include "validation/cpu_ranks.h"

using namespace costmodel;
using namespace validation;

namespace {

double busy(const std::string& plan, Mask mask) {
  Scenario scenario;
  scenario.model = tests::small_model(8, 8, 64);
  scenario.cluster = tests::small_cluster(1, 8, 8);
  scenario.workload.sequence = 16384;
  scenario.workload.dtype = Dtype::fp32;
  scenario.workload.mask = mask;
  scenario = on_cpu_ranks(scenario, {8, 8, 0});
  return busy_ranks(scenario, plan_from_alias(plan, scenario));
}

}  // namespace

TEST_CASE("balanced plans keep all ranks busy, a contiguous causal ring half of them") {
  const Mask causal{MaskKind::causal, 0}, full{MaskKind::full, 0};
  CHECK(busy("zigzag-ring", causal) > 7.5);
  CHECK(busy("ring", full) > 7.5);
  // The last rank has a diagonal block and seven whole ones: 7.5 of 32 in all.
  CHECK(busy("ring", causal) == Approx(32 / 7.5).epsilon(0.08));
}

TEST_CASE("a rank has the core for itself, or its share of what busy ranks leave") {
  CHECK(share_of_core({2, 1, 0}) == 1.0);
  CHECK(share_of_core({2, 8, 0}) == 0.25);
  CHECK(share_of_core({2, 8, 4}) == 0.5);
  CHECK(share_of_core({8, 8, 4.2}) == 1.0);
}
