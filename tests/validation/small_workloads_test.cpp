// Workloads that are too small or not of a kind that is run: a run has all numbers right, down to shards of
// one token, or there is none.  Tokens that nobody computes and masks that are another's would go unseen.
#include <cstdint>

#include "tests/catch.h"
#include "tests/validation/run_plan.h"

using namespace costmodel;
using namespace validation;
using namespace validation_tests;

namespace {

constexpr Mask masks[] = {{MaskKind::causal, 0}, {MaskKind::full, 0}, {MaskKind::sliding, 1}};
constexpr Size small{.sequence = 1, .heads = 4, .kv_heads = 4};

// Every token of every result is somewhere, once per replica of the plan.
void check_covered(const Ran& ran, const Plan& plan) {
  std::int64_t rows = 0;
  for (int r = 0; r < ran.schedule.world_size(); ++r)
    for (const TensorPlace& place :
         result_places(ran.schedule, ran.schedule.phases.front(), Rank(r), ran.problem))
      if (place.tensor == Tensor::lse) rows += place.rows * place.heads * place.batch;
  CHECK(rows == ran.problem.sequence * ran.problem.heads * plan.data);
}

void check(const Plan& plan, std::int64_t sequence, const Mask& mask, Dtype dtype) {
  Size size = small;
  size.sequence = sequence;
  const Scenario scenario = scenario_for(plan, size, mask, dtype);
  const Ran ran = run(scenario, plan);
  check_covered(ran, plan);
  for (const TensorError& error : errors_of(ran, plan, truth_of(ran.problem, Gradients::yes, 1))) {
    INFO(text_of(error) << "; relative " << error.relative << ", worst " << error.worst);
    CHECK(error.agrees());
  }
}

}  // namespace

TEST_CASE("executor: every plan on 1 to 4 ranks runs every short sequence right, or is rejected for it") {
  for (const int ranks : {1, 2, 3, 4})
    for (const Plan& plan : tests::every_plan(ranks)) {
      if (small.heads % (plan.tensor * plan.ulysses) != 0) continue;
      int ran = 0;
      for (std::int64_t sequence = 1; sequence <= 2 * ranks; ++sequence) {
        INFO(axes_text(plan) << ", " << sequence << " tokens");
        Size size = small;
        size.sequence = sequence;
        const auto rejection = reject(scenario_for(plan, size), plan);
        if (rejection) {
          CHECK(rejection->reason == RejectReason::tokens);
          CHECK(rejection->text.starts_with(std::to_string(sequence) + " tokens do not divide by "));
          continue;
        }
        ++ran;
        check(plan, sequence, masks[sequence % 3], Dtype::fp32);
      }
      // One token per rank, for zigzag two.
      INFO(axes_text(plan));
      CHECK(ran >= 1);
    }
}

TEST_CASE("executor: a schedule that leaves tokens to nobody is refused") {
  for (const Plan& plan : tests::every_plan(4)) {
    if (small.heads % (plan.tensor * plan.ulysses) != 0) continue;
    for (std::int64_t sequence = 1; sequence <= 8; ++sequence) {
      Size size = small;
      size.sequence = sequence;
      const Scenario scenario = scenario_for(plan, size);
      if (!reject(scenario, plan)) continue;
      INFO(axes_text(plan) << ", " << sequence << " tokens");
      try {
        run(scenario, plan);
        FAIL("a schedule of " << sequence << " tokens was run");
      } catch (const std::exception& error) {
        CHECK(std::string(error.what()).find("tokens do not divide among the ranks") != std::string::npos);
      }
    }
  }
}

// Ranks and truth read one problem: were it another than the scenario's, they would agree all the same.
TEST_CASE("executor: the problem has the mask, the type and the shape of the scenario") {
  Plan plan;
  const Mask wanted[] = {
      {MaskKind::causal, 0}, {MaskKind::full, 0}, {MaskKind::sliding, 1}, {MaskKind::sliding, 20}};
  for (const Mask& mask : wanted) {
    const Problem problem = problem_of(scenario_for(plan, {.sequence = 48}, mask), plan);
    const TokenSet tokens = all_tokens(48);
    INFO("mask " << static_cast<int>(mask.kind) << ", window " << mask.window);
    CHECK(static_cast<double>(kernels::kept_pairs({}, problem.mask, 48, 48)) ==
          block_geometry(tokens, tokens, mask).kept_pairs);
  }
  CHECK(problem_of(scenario_for(plan, {}, {}, Dtype::fp32), plan).element == kernels::Element::fp32);
  CHECK(problem_of(scenario_for(plan, {}, {}, Dtype::fp16), plan).element == kernels::Element::fp16);
  CHECK(problem_of(scenario_for(plan, {}, {}, Dtype::bf16), plan).element == kernels::Element::bf16);
  const Size size{.batch = 3, .sequence = 40, .heads = 6, .kv_heads = 2, .head_dim = 64};
  const Problem problem = problem_of(scenario_for(plan, size), plan);
  CHECK(problem.batch == 3);
  CHECK(problem.sequence == 40);
  CHECK(problem.heads == 6);
  CHECK(problem.kv_heads == 2);
  CHECK(problem.head_dim == 64);
  CHECK(problem.scale == 0.125);
}

TEST_CASE("executor: packed documents have no problem, so that none is run under another mask") {
  Plan plan;
  plan.ring = plan.inner_ring = 4;
  for (const Layout layout : {Layout::contiguous, Layout::zigzag, Layout::striped}) {
    plan.layout = layout;
    const Scenario scenario = scenario_for(plan, {.sequence = 96}, Mask{MaskKind::documents, 0, {32, 64}});
    CHECK_FALSE(reject(scenario, plan).has_value());  // it is priced
    CHECK_THROWS_AS(problem_of(scenario, plan), std::logic_error);
    CHECK_THROWS_AS(run(scenario, plan), std::logic_error);
  }
}
