// What a distributed run must not lose, and the mistakes that other implementations made and that a run would
// show: error that grows with the ring, gradients from a block's own LSE, keys of the first iteration in
// backward, unwritten memory, sums that depend on who was faster.
#include <chrono>
#include <cmath>
#include <cstring>
#include <thread>

#include "tests/catch.h"
#include "tests/validation/run_plan.h"

using namespace costmodel;
using namespace validation;
using namespace validation_tests;

namespace {

Plan ring_of(int ranks, int inner, Layout layout, BackwardSide side, GradDtype grads) {
  Plan plan;
  plan.transport = ranks == 1 ? Transport::none : Transport::ring;
  plan.ring = ranks;
  plan.inner_ring = inner;
  plan.layout = ranks == 1 ? Layout::contiguous : layout;
  plan.backward = ranks == 1 ? BackwardSide::kv : side;
  plan.grad_dtype = grads;
  return plan;
}

std::vector<TensorError> errors(const Plan& plan, const Size& size, Dtype dtype, const Truth& truth,
                                Mask mask = {}) {
  return errors_of(run(scenario_for(plan, size, mask, dtype), plan), plan, truth);
}

double error_in(const std::vector<TensorError>& errors, Tensor tensor) {
  for (const TensorError& error : errors)
    if (error.tensor == tensor) return error.relative;
  return NAN;
}

bool same_bits(const Ran& a, const Ran& b) {
  for (std::size_t r = 0; r < a.ranks.size(); ++r)
    for (std::size_t p = 0; p < a.schedule.phases.size(); ++p)
      if (a.ranks[r].phases[p].results != b.ranks[r].phases[p].results) return false;
  return true;
}

}  // namespace

TEST_CASE("ring claims: up to 64 ranks make at most 1.2 times the error of one", "[numbers]") {
  const Size size{.sequence = 256, .heads = 4, .kv_heads = 2, .head_dim = 64};
  for (const Dtype dtype : {Dtype::fp32, Dtype::bf16}) {
    const Plan one = ring_of(1, 1, Layout::contiguous, BackwardSide::kv, GradDtype::fp32);
    const Truth truth = truth_of(problem_of(scenario_for(one, size, {}, dtype), one), Gradients::yes, 1);
    const auto alone = errors(one, size, dtype, truth);
    for (const int ranks : {2, 8, 64})
      for (const BackwardSide side : {BackwardSide::kv, BackwardSide::q}) {
        const Plan plan = ring_of(ranks, ranks > 8 ? 8 : ranks, Layout::zigzag, side, GradDtype::fp32);
        const auto together = errors(plan, size, dtype, truth);
        for (const Tensor tensor : {Tensor::output, Tensor::dq, Tensor::dk, Tensor::dv}) {
          INFO(ranks << " ranks, side " << static_cast<int>(side) << ", " << name_of(tensor) << ", dtype "
                     << static_cast<int>(dtype));
          // The schedule keeps one step's part of dQ in the type of the inputs, one rank its dQ in fp32: what
          // is rounded like it is dK.
          const bool rounded = side == BackwardSide::q && tensor == Tensor::dq && dtype == Dtype::bf16;
          CHECK(error_in(together, tensor) <= 1.2 * error_in(alone, rounded ? Tensor::dk : tensor));
        }
      }
  }
}

TEST_CASE("ring claims: gradients that travel in 16 bits stay within their limit on 16 ranks") {
  const Size size{.sequence = 256, .heads = 4, .kv_heads = 4, .head_dim = 32};
  for (const Dtype dtype : {Dtype::bf16, Dtype::fp16})
    for (const BackwardSide side : {BackwardSide::kv, BackwardSide::q}) {
      const Plan plan = ring_of(16, 4, Layout::zigzag, side, GradDtype::bf16);
      const Truth truth = truth_of(problem_of(scenario_for(plan, size, {}, dtype), plan), Gradients::yes, 1);
      for (const TensorError& error : errors(plan, size, dtype, truth)) {
        INFO(text_of(error) << ": " << error.relative << " of " << error.relative_limit);
        CHECK(error.agrees());
      }
    }
}

TEST_CASE("ring claims: the same bits in every run, whoever is faster") {
  for (const BackwardSide side : {BackwardSide::kv, BackwardSide::q}) {
    const Plan plan = ring_of(4, 2, Layout::zigzag, side, GradDtype::bf16);
    const Scenario scenario = scenario_for(plan, {.kv_heads = 2}, {}, Dtype::bf16);
    const Ran first = run(scenario, plan);
    for (int again = 0; again < 3; ++again) {
      RunOptions options;
      options.before_operation = [again](Rank rank, const Phase&, OpId id) {
        if ((rank.value + id.value) % 4 == again) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      };
      CHECK(same_bits(first, run(scenario, plan, options)));
    }
  }
  Plan gathered = ring_of(4, 4, Layout::striped, BackwardSide::kv, GradDtype::bf16);
  gathered.transport = Transport::all_gather;
  const Scenario scenario = scenario_for(gathered, {.kv_heads = 2}, {}, Dtype::fp16);
  CHECK(same_bits(run(scenario, gathered), run(scenario, gathered)));
}

TEST_CASE("ring claims: repetitions do not see what earlier ones left") {
  const Plan plan = ring_of(4, 4, Layout::zigzag, BackwardSide::kv, GradDtype::fp32);
  const Scenario scenario = scenario_for(plan, {});
  RunOptions many;
  many.warm_up = 1;
  many.repetitions = 3;
  const Ran repeated = run(scenario, plan, many);
  CHECK(same_bits(run(scenario, plan), repeated));
  for (const RankRecord& rank : repeated.ranks) CHECK(rank.phases.front().repetitions.size() == 3);
}

TEST_CASE("ring claims: balanced layouts under a full mask, which crashed elsewhere") {
  for (const Layout layout : {Layout::zigzag, Layout::striped}) {
    const Plan plan = ring_of(4, 4, layout, BackwardSide::q, GradDtype::fp32);
    const Mask full{MaskKind::full, 0};
    const Truth truth = truth_of(problem_of(scenario_for(plan, {}, full), plan), Gradients::yes, 1);
    for (const TensorError& error : errors(plan, {}, Dtype::fp32, truth, full)) CHECK(error.agrees());
  }
}

TEST_CASE("ring claims: a window that most steps do not see, down to one visible key") {
  for (const std::int64_t window : {1, 5}) {
    const Plan plan = ring_of(8, 4, Layout::striped, BackwardSide::kv, GradDtype::fp32);
    const Mask mask{MaskKind::sliding, window};
    const Truth truth = truth_of(problem_of(scenario_for(plan, {}, mask), plan), Gradients::yes, 1);
    for (const TensorError& error : errors(plan, {}, Dtype::fp32, truth, mask)) {
      INFO(text_of(error) << ": " << error.relative << " worst " << error.worst);
      CHECK(error.agrees());  // also of dQ and dK with one key, which are zero but for rounding
    }
  }
}

TEST_CASE("ring claims: a check sees one wrong number and says where it is") {
  const Plan plan = ring_of(2, 2, Layout::zigzag, BackwardSide::kv, GradDtype::fp32);
  const Scenario scenario = scenario_for(plan, {.sequence = 32});
  const Ran ran = run(scenario, plan);
  const Truth truth = truth_of(ran.problem, Gradients::yes, 1);
  auto results = ran.results(1);
  // The first gradient is dQ: (batch, row, head, dim). Rank 1 holds tokens 8 to 23; row 3, head 2, column 5.
  float wrong = 1000;
  std::memcpy(results[1].data() + ((3 * 8 + 2) * 16 + 5) * sizeof(float), &wrong, sizeof(float));
  bool found = false;
  for (const TensorError& error :
       check_results(ran.schedule, ran.schedule.phases[1], ran.problem, results, truth, 1)) {
    if (error.tensor != Tensor::dq) {
      CHECK(error.agrees());
      continue;
    }
    found = true;
    CHECK(!error.agrees());
    CHECK(text_of(error).starts_with("dq of batch 0, head 2, row 11, column 5 (rank 1): expected "));
    CHECK(text_of(error).ends_with(", got 1000"));
  }
  CHECK(found);
  const float nan = NAN;
  std::memcpy(results[1].data() + ((3 * 8 + 2) * 16 + 5) * sizeof(float), &nan, sizeof(float));
  CHECK(
      !check_results(ran.schedule, ran.schedule.phases[1], ran.problem, results, truth, 1).front().agrees());
}
