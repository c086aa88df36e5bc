#include "costmodel/schedule/lowering.h"

#include <stdexcept>

namespace costmodel {

namespace {

OpId append_transport(PhaseBuilder& builder, const RankGrid& grid, const ShardSizes& sizes, const Plan& plan,
                      Direction direction, OpId first_wait) {
  switch (plan.transport) {
    case Transport::none:
    case Transport::tensor: return append_single(builder, sizes, direction, first_wait);
    case Transport::ring: return append_ring(builder, grid, sizes, plan.backward, direction, first_wait);
    case Transport::all_gather: return append_all_gather(builder, grid, sizes, direction, first_wait);
    case Transport::all_to_all:
    case Transport::hybrid:
      return append_all_to_all(builder, grid, sizes, plan.backward, direction, first_wait);
  }
  throw std::logic_error("lower: unknown transport");
}

void lower_direction(Schedule& schedule, const ShardSizes& sizes, const Plan& plan, Direction direction) {
  Phase& phase = schedule.phases.emplace_back();
  phase.name = direction == Direction::forward ? "attention forward" : "attention backward";
  phase.direction = direction;
  phase.shape = sizes.shape;
  PhaseBuilder builder(phase);
  const bool tensor = plan.tensor > 1;
  const OpId first_wait = tensor ? append_tensor_gather(builder, schedule.grid, sizes) : PhaseBuilder::none;
  const OpId last = append_transport(builder, schedule.grid, sizes, plan, direction, first_wait);
  if (tensor) append_tensor_scatter(builder, schedule.grid, sizes, last);
}

}  // namespace

ShardSizes shard_sizes(const Scenario& scenario, const Plan& plan) {
  ShardSizes sizes;
  const std::int64_t head_split = std::int64_t{plan.tensor} * plan.ulysses;
  sizes.sequence = scenario.workload.sequence;
  sizes.tokens = sizes.sequence / plan.ring;
  sizes.own_tokens = sizes.tokens / plan.ulysses;
  sizes.shape.heads = scenario.model.heads / head_split;
  sizes.shape.kv_heads = scenario.model.kv_heads / head_split;
  sizes.shape.head_dim = scenario.model.head_dim;
  sizes.shape.batch = scenario.workload.batch;
  sizes.hidden = scenario.model.hidden;
  sizes.element = static_cast<double>(bytes_per_element(scenario.workload.dtype));
  sizes.gradient_element = plan.grad_dtype == GradDtype::fp32 ? 4.0 : sizes.element;
  return sizes;
}

Schedule lower(const Scenario& scenario, const Plan& plan) {
  Schedule schedule;
  schedule.grid = RankGrid::of(plan);
  schedule.layout = plan.layout;
  schedule.sequence = scenario.workload.sequence;
  schedule.mask = scenario.workload.mask;
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
    case WorkPhase::training_step: throw std::logic_error("lower: whole-model phases must be refused before");
  }
  return schedule;
}

}  // namespace costmodel
