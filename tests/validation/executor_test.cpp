// Every plan, run from its schedule on ranks that are threads: the numbers are those of dense attention, and
// every operation sends exactly the bytes that the schedule says.
#include <map>
#include <tuple>

#include "costmodel/price/memory.h"
#include "costmodel/price/traffic.h"
#include "tests/catch.h"
#include "tests/validation/run_plan.h"

using namespace costmodel;
using namespace validation;
using namespace validation_tests;

namespace {

// Truths are shared by all plans that compute the same problem.
class Truths {
 public:
  const Truth& of(const Problem& problem) {
    const auto key = std::tuple(problem.sequence, problem.heads, problem.kv_heads, problem.kv_copies,
                                problem.mask.kind, problem.element, problem.by_columns);
    const auto found = truths_.find(key);
    if (found != truths_.end()) return found->second;
    return truths_.emplace(key, truth_of(problem, Gradients::yes, 1)).first->second;
  }

 private:
  std::map<std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t, kernels::MaskKind,
                      kernels::Element, bool>,
           Truth>
      truths_;
};

void check_bytes(const Ran& ran, const Scenario& scenario) {
  double most = 0;
  for (int r = 0; r < ran.schedule.world_size(); ++r) {
    double sum = 0;
    for (std::size_t p = 0; p < ran.schedule.phases.size(); ++p) {
      const Phase& phase = ran.schedule.phases[p];
      const std::vector<ResolvedOp> ops = ran.schedule.ops(phase, Rank(r));
      const std::vector<std::int64_t>& sent = ran.ranks[static_cast<std::size_t>(r)].phases[p].sent;
      for (std::size_t i = 0; i < ops.size(); ++i) {
        INFO("rank " << r << ", " << op_name(phase, phase.ops[i]));
        REQUIRE(static_cast<double>(sent[i]) == ops[i].bytes.value);
        sum += static_cast<double>(sent[i]);
      }
    }
    most = std::max(most, sum);
  }
  const ClusterMap map(scenario.cluster, scenario.placement);
  CHECK(most == count_traffic(ran.schedule, map).per_gpu.value);
}

void check(const Plan& plan, const Size& size, Mask mask, Dtype dtype, Truths& truths) {
  const Scenario scenario = scenario_for(plan, size, mask, dtype);
  INFO(axes_text(plan) << ", " << size.sequence << " tokens, " << size.kv_heads << " key heads, mask "
                       << static_cast<int>(mask.kind) << ", dtype " << static_cast<int>(dtype));
  if (reject(scenario, plan)) {
    // Too few key heads for all-to-alls to split is the only reason that these sizes leave.
    CHECK(size.kv_heads < plan.tensor * plan.ulysses);
    CHECK(plan.ulysses > 1);
    return;
  }
  const Ran ran = run(scenario, plan);
  for (const TensorError& error : errors_of(ran, plan, truths.of(ran.problem))) {
    INFO(text_of(error) << "; relative " << error.relative << ", worst " << error.worst);
    CHECK(error.agrees());
  }
  check_bytes(ran, scenario);
  // What takes less are runs whose messages did not run ahead; see executor_peak_test.cpp.
  for (const RankRecord& rank : ran.ranks)
    CHECK(static_cast<double>(rank.peak) <= peak_bytes(ran.schedule, Bytes(0)).value);
}

constexpr Mask masks[] = {{MaskKind::causal, 0}, {MaskKind::full, 0}, {MaskKind::sliding, 20}};

// Multi-head, grouped 4:1 and 8:1, each under every mask.
void check_all(int ranks, std::int64_t heads, std::int64_t sequence) {
  Truths truths;
  for (const Plan& plan : tests::every_plan(ranks))
    for (const std::int64_t group : {1, 4, 8})
      for (const Mask& mask : masks) {
        check(plan, {.batch = 1, .sequence = sequence, .heads = heads, .kv_heads = heads / group}, mask,
              Dtype::fp32, truths);
      }
}

}  // namespace

TEST_CASE("executor: every plan on 1, 2 and 4 ranks agrees with dense attention in fp32") {
  for (const int ranks : {1, 2, 4}) check_all(ranks, 8, 48);
}

TEST_CASE("executor: every plan on 3 ranks agrees with dense attention in fp32") { check_all(3, 24, 48); }

TEST_CASE("executor: every plan on 8 ranks agrees with dense attention in fp32", "[numbers]") {
  check_all(8, 8, 64);
}

TEST_CASE("executor: every plan on 4 ranks agrees with dense attention in bf16 and fp16, under every mask",
          "[numbers]") {
  Truths truths;
  for (const Plan& plan : tests::every_plan(4))
    for (const Dtype dtype : {Dtype::bf16, Dtype::fp16})
      for (const Mask& mask : masks) check(plan, {.sequence = 64, .kv_heads = 2}, mask, dtype, truths);
}

TEST_CASE("executor: every plan on 8 ranks agrees with dense attention in bf16 and fp16, masks taken in turn",
          "[numbers]") {
  Truths truths;
  std::size_t turn = 0;
  for (const Plan& plan : tests::every_plan(8))
    for (const Dtype dtype : {Dtype::bf16, Dtype::fp16})
      check(plan, {.sequence = 64, .kv_heads = 2}, masks[turn++ % std::size(masks)], dtype, truths);
}

TEST_CASE(
    "executor: tensor parallelism holds what is predicted, and the gathered input no longer than it is "
    "read") {
  for (const int ranks : {2, 4, 8}) {
    Plan plan;
    plan.transport = Transport::tensor;
    plan.tensor = ranks;
    const Ran ran = run(scenario_for(plan, {.sequence = 4096, .heads = 8, .kv_heads = 2}), plan);
    for (const RankRecord& rank : ran.ranks)
      CHECK(static_cast<double>(rank.peak) == peak_bytes(ran.schedule, Bytes(0)).value);
  }
}

TEST_CASE("executor: several sequences at once") {
  for (const Plan& plan : tests::every_plan(4)) {
    Truths truths;
    check(plan, {.batch = 2, .sequence = 48, .kv_heads = 4}, {}, Dtype::fp32, truths);
  }
}
