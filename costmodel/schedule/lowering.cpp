#include "costmodel/schedule/lowering.h"

#include <stdexcept>

#include "costmodel/schedule/lower_step.h"

namespace costmodel {

namespace {

void lower_direction(Schedule& schedule, const ShardSizes& sizes, const Plan& plan, Direction direction) {
  Phase& phase = schedule.phases.emplace_back();
  phase.name = direction == Direction::forward ? "attention forward" : "attention backward";
  phase.direction = direction;
  phase.shape = sizes.shape;
  PhaseBuilder builder(phase);
  const bool tensor = plan.tensor > 1;
  const OpId first_wait = tensor ? append_tensor_gather(builder, schedule.grid, sizes) : PhaseBuilder::none;
  const AttentionResult result =
      append_transport(builder, schedule.grid, sizes, plan, direction, AttentionPart::all, first_wait);
  if (tensor) append_tensor_scatter(builder, schedule.grid, sizes, result.last);
}

bool splits_heads(const Plan& plan) {
  return plan.transport == Transport::all_to_all || plan.transport == Transport::hybrid;
}

}  // namespace

AttentionInputs attention_inputs(PhaseBuilder& builder, const ShardSizes& sizes, const Plan& plan,
                                 Direction direction) {
  const Bytes queries = sizes.query_bytes(sizes.tokens), keys_values = sizes.kv_bytes(sizes.tokens);
  if (direction == Direction::forward) {
    if (splits_heads(plan))
      return {builder.buffer(Payload::head_split, queries + keys_values, Lifetime::phase, "Q,K,V by tokens")};
    return {builder.buffer(Payload::queries, queries, Lifetime::phase, "Q"),
            builder.buffer(Payload::keys_values, keys_values, Lifetime::phase, "K,V")};
  }
  if (splits_heads(plan))
    return {builder.buffer(Payload::output_gradient, queries, Lifetime::touched, "dO by tokens")};
  return {builder.buffer(Payload::output_gradient, queries, Lifetime::phase, "dO")};
}

AttentionResult append_transport(PhaseBuilder& builder, const RankGrid& grid, const ShardSizes& sizes,
                                 const Plan& plan, Direction direction, AttentionPart part, OpId first_wait) {
  if (splits_heads(plan)) {
    builder.set_rows(part == AttentionPart::first_half ? Rows::first_half : Rows::all);
    const AttentionResult result = append_all_to_all(builder, grid, sizes, plan, direction, part, first_wait);
    builder.set_rows(Rows::all);
    return result;
  }
  if (part == AttentionPart::inputs)
    return {first_wait,
            builder.buffer(Payload::output, sizes.query_bytes(sizes.tokens), Lifetime::phase, "O")};
  builder.set_rows(part == AttentionPart::first_half ? Rows::first_half : Rows::all);
  AttentionResult result;
  switch (plan.transport) {
    case Transport::none:
    case Transport::tensor: result = append_single(builder, sizes, direction, first_wait); break;
    case Transport::ring:
      result = direction == Direction::forward && plan.forward == ForwardSide::q
                   ? append_pass_q(builder, grid, sizes, first_wait)
                   : append_ring(builder, grid, sizes, plan.backward, direction, first_wait);
      break;
    case Transport::all_gather:
      result = append_all_gather(builder, grid, sizes, direction, first_wait);
      break;
    case Transport::all_to_all:
    case Transport::hybrid: throw std::logic_error("append_transport: heads are split above");
  }
  builder.set_rows(Rows::all);
  return result;
}

ShardSizes shard_sizes(const Scenario& scenario, const Plan& plan) {
  ShardSizes sizes;
  const std::int64_t head_split = std::int64_t{plan.tensor} * plan.ulysses;
  sizes.sequence = scenario.workload.sequence;
  sizes.tokens = sizes.sequence / plan.ring;
  sizes.own_tokens = sizes.tokens / plan.ulysses;
  sizes.keys = sizes.tokens + scenario.workload.cached_tokens() / plan.ring;
  sizes.shape.heads = scenario.model.heads / head_split;
  // At least one: tensor ranks beyond the number of kv heads hold copies.
  sizes.shape.kv_heads = std::max<std::int64_t>(1, scenario.model.kv_heads / head_split);
  sizes.shape.head_dim = scenario.model.head_dim;
  sizes.shape.batch = scenario.workload.batch / scenario.workload.micro_batches();
  sizes.hidden = scenario.model.hidden;
  sizes.element = static_cast<double>(bytes_per_element(scenario.workload.dtype));
  sizes.gradient_element = plan.grad_dtype == GradDtype::fp32 ? 4.0 : sizes.element;
  return sizes;
}

Schedule lower(const Scenario& scenario, const Plan& plan) {
  if (is_whole_model(scenario.workload.phase)) return lower_step(scenario, plan);
  Schedule schedule = empty_schedule(scenario, plan);
  const ShardSizes sizes = shard_sizes(scenario, plan);
  switch (scenario.workload.phase) {
    case WorkPhase::forward: lower_direction(schedule, sizes, plan, Direction::forward); break;
    case WorkPhase::backward: lower_direction(schedule, sizes, plan, Direction::backward); break;
    case WorkPhase::forward_backward:
      schedule.phases.reserve(2);
      lower_direction(schedule, sizes, plan, Direction::forward);
      lower_direction(schedule, sizes, plan, Direction::backward);
      break;
    case WorkPhase::prefill:
    case WorkPhase::training_step: throw std::logic_error("lower: whole-model phases are lowered above");
  }
  return schedule;
}

}  // namespace costmodel
