#include "validation/run_size.h"

#include "costmodel/plan/reject.h"
#include "costmodel/price/attention_time.h"
#include "costmodel/price/memory.h"
#include "costmodel/schedule/lowering.h"
#include "validation/problem.h"
#include "validation/truth.h"

namespace validation {

using costmodel::Direction;
using costmodel::Plan;
using costmodel::Scenario;

namespace {

double attention_flops_of(const Scenario& scenario, const Plan& plan) {
  const costmodel::TokenSet tokens = costmodel::all_tokens(scenario.workload.sequence);
  const costmodel::BlockGeometry block = block_geometry(tokens, tokens, scenario.workload.mask);
  const costmodel::AttentionShape shape{scenario.model.heads, scenario.model.kv_heads,
                                        scenario.model.head_dim, scenario.workload.batch};
  double flops = attention_flops(block, shape, Direction::forward).value;
  if (has_backward(scenario.workload.phase))
    flops += attention_flops(block, shape, Direction::backward).value;
  return flops * plan.data;
}

// The longest sequence, halved as often as needed, for which `fits` holds; the shortest that divides when it
// holds for none.
template <class Fits>
std::int64_t longest(Scenario scenario, const Plan& plan, Fits fits) {
  std::int64_t& sequence = scenario.workload.sequence;
  while (!fits(scenario)) {
    const std::int64_t before = sequence;
    sequence /= 2;
    if (sequence == 0 || reject(scenario, plan)) return before;
  }
  return sequence;
}

}  // namespace

RunSizes run_sizes(const Scenario& scenario, const Plan& plan, const SizeLimits& limits) {
  RunSizes sizes;
  sizes.run = longest(scenario, plan, [&](const Scenario& candidate) {
    return attention_flops_of(candidate, plan) <= limits.attention_flops &&
           peak_bytes(lower(candidate, plan), costmodel::Bytes(0)) <= limits.rank_memory;
  });
  Scenario shorter = scenario;
  shorter.workload.sequence = sizes.run;
  const Gradients gradients = has_backward(scenario.workload.phase) ? Gradients::yes : Gradients::no;
  sizes.checked = longest(shorter, plan, [&](const Scenario& candidate) {
    return truth_flops(problem_of(candidate, plan), gradients) <= limits.truth_flops;
  });
  return sizes;
}

}  // namespace validation
