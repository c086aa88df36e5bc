// The executor on a GPU: every plan on virtual ranks against dense attention, and one rank over NCCL.
#include "kernels/nccl_ranks.h"
#include "tests/catch.h"
#include "tests/validation/run_plan.h"
#include "validation/gpu_ranks.h"

using namespace costmodel;
using namespace validation;
using namespace validation_tests;

namespace {

const kernels::Backend& gpu_backend(Dtype dtype, std::int64_t dim) {
  return kernels::choose_backend({dim, validation::element_of(dtype), true, kernels::Memory::device});
}

void check(const Plan& plan, const Size& size, Mask mask, Dtype dtype, RankHost& host) {
  const Scenario scenario = scenario_for(plan, size, mask, dtype);
  if (reject(scenario, plan)) return;
  INFO(axes_text(plan) << ", mask " << static_cast<int>(mask.kind) << ", dtype " << static_cast<int>(dtype));
  Ran ran{lower(scenario, plan), problem_of(scenario, plan), {}};
  RunOptions options;
  options.backend = &gpu_backend(dtype, size.head_dim);
  options.repetitions = 2;
  ran.ranks = host.run(ran.schedule, ran.problem, options);
  const Truth truth = truth_of(ran.problem, Gradients::yes, 4);
  for (const TensorError& error : errors_of(ran, plan, truth)) {
    INFO(text_of(error) << "; relative " << error.relative << ", worst " << error.worst);
    CHECK(error.agrees());
  }
  for (int r = 0; r < ran.schedule.world_size(); ++r)
    for (std::size_t p = 0; p < ran.schedule.phases.size(); ++p) {
      const std::vector<ResolvedOp> ops = ran.schedule.ops(ran.schedule.phases[p], Rank(r));
      for (std::size_t i = 0; i < ops.size(); ++i)
        CHECK(static_cast<double>(ran.ranks[static_cast<std::size_t>(r)].phases[p].sent[i]) ==
              ops[i].bytes.value);
    }
}

}  // namespace

TEST_CASE("gpu: every plan on four virtual ranks agrees with dense attention") {
  const auto host = virtual_ranks(0, std::chrono::seconds(30));
  for (const Plan& plan : tests::every_plan(4))
    for (const Dtype dtype : {Dtype::bf16, Dtype::fp16})
      for (const Mask& mask :
           {Mask{MaskKind::causal, 0}, Mask{MaskKind::full, 0}, Mask{MaskKind::sliding, 100}})
        check(plan, {.sequence = 384, .kv_heads = 4, .head_dim = 64}, mask, dtype, *host);
}

TEST_CASE("gpu: ring and burst on eight virtual ranks agree with dense attention") {
  const auto host = virtual_ranks(0, std::chrono::seconds(30));
  for (const Plan& plan : tests::every_plan(8))
    if (plan.ring == 8)
      check(plan, {.sequence = 1024, .kv_heads = 2, .head_dim = 128}, {}, Dtype::bf16, *host);
}

TEST_CASE("gpu: the executor over NCCL on one GPU") {
  if (const std::string why = kernels::why_no_nccl(); !why.empty()) {
    WARN(why);
    return;
  }
  const auto host = nccl_ranks_as_threads({0}, std::chrono::seconds(30));
  for (const Plan& plan : tests::every_plan(1))
    check(plan, {.sequence = 256, .kv_heads = 4, .head_dim = 64}, {}, Dtype::bf16, *host);
}
