// The executor in memory that it must not touch itself, as on a GPU: every plan, every type, the same bits as
// in host memory.
#include "costmodel/plan/plan_alias.h"
#include "tests/catch.h"
#include "tests/validation/far_memory.h"
#include "tests/validation/run_plan.h"
#include "validation/gpu_ranks.h"

using namespace costmodel;
using namespace validation;
using namespace validation_tests;

namespace {

Ran run_far(const Scenario& scenario, const Plan& plan) {
  Ran ran{lower(scenario, plan), problem_of(scenario, plan), {}};
  RunOptions options;
  options.backend = &far_backend();
  ran.ranks.resize(static_cast<std::size_t>(plan.world_size()));
  kernels::run_ranks(
      plan.world_size(), {}, [](int) { return far_rank_memory(); },
      [&](kernels::Communicator& communicator) {
        const auto memory = far_tensor_memory();
        const RankEnds ends{communicator, [&](Lane) -> kernels::Communicator& { return communicator; },
                            *memory};
        ran.ranks[static_cast<std::size_t>(communicator.rank())] =
            run_rank(ran.schedule, ran.problem, ends, options);
      });
  return ran;
}

void check_same(const Plan& plan, const Size& size, Dtype dtype) {
  const Scenario scenario = scenario_for(plan, size, {}, dtype);
  if (reject(scenario, plan)) return;
  INFO(axes_text(plan) << ", dtype " << static_cast<int>(dtype));
  const Ran near = run(scenario, plan), far = run_far(scenario, plan);
  for (std::size_t r = 0; r < near.ranks.size(); ++r) {
    for (std::size_t p = 0; p < near.schedule.phases.size(); ++p) {
      CHECK(near.ranks[r].phases[p].results == far.ranks[r].phases[p].results);
      CHECK(near.ranks[r].phases[p].sent == far.ranks[r].phases[p].sent);
    }
  }
}

}  // namespace

TEST_CASE(
    "executor: every plan gives the same bits in memory that only kernels and communicators may touch") {
  for (const Plan& plan : tests::every_plan(4))
    for (const Dtype dtype : {Dtype::fp32, Dtype::bf16, Dtype::fp16})
      check_same(plan, {.sequence = 48, .kv_heads = 4}, dtype);
}

TEST_CASE("executor: what computes is timed by the clock of its memory, what waits for ranks is not") {
  const Plan plan = tests::every_plan(4).back();
  const Ran far = run_far(scenario_for(plan, {.sequence = 48, .kv_heads = 4}), plan);
  for (std::size_t p = 0; p < far.schedule.phases.size(); ++p) {
    const Phase& phase = far.schedule.phases[p];
    const LaneRun& run = far.ranks.front().phases[p].repetitions.at(0);
    for (std::size_t i = 0; i < phase.ops.size(); ++i) {
      INFO(op_name(phase, phase.ops[i]));
      const double taken = run.spans[i].end - run.spans[i].start;
      if (phase.ops[i].lane == Lane::compute)
        CHECK(taken == Approx(far_clock).epsilon(1e-3));
      else
        CHECK(taken > 10 * far_clock);
    }
  }
}

TEST_CASE("executor: lanes with messages are those of the schedule") {
  const auto lanes_of = [](const char* alias, int ranks) {
    const Scenario scenario = scenario_for(tests::every_plan(ranks).front(), {});
    return message_lanes(lower(scenario, plan_from_alias(alias, scenario)));
  };
  CHECK(lanes_of("single", 1).empty());
  const auto ring = lanes_of("ring", 4);
  CHECK(ring.size() >= 2);  // blocks, and gradients beside them
  for (const Lane lane : ring) CHECK(lane != Lane::compute);
}
