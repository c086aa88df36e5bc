#include "costmodel/schedule/step_shape.h"

#include "costmodel/spec/parameter_counts.h"

namespace costmodel {

StepShape step_shape(const Scenario& scenario, const Plan& plan) {
  const ModelSpec& model = scenario.model;
  StepShape shape;
  shape.sizes = shard_sizes(scenario, plan);
  shape.grid = RankGrid::of(plan);
  shape.rows = shape.sizes.shape.batch * shape.sizes.own_tokens;
  shape.shard = shape.rows / plan.tensor;
  shape.hidden = model.hidden;
  shape.query_width = model.query_width() / plan.tensor;
  shape.kv_width = std::max(model.kv_width() / plan.tensor, model.head_dim);
  shape.gates = model.feed_forward == FeedForward::gated ? 2 : 1;
  shape.experts = model.experts;
  shape.active_experts = model.active_experts;
  shape.ffn = (model.experts > 0 ? model.expert_ffn : model.ffn) / plan.tensor;
  shape.vocab = (model.vocab + plan.tensor - 1) / plan.tensor;  // padded to equal shards
  shape.layers = static_cast<int>(model.layers);
  shape.element = shape.sizes.element;
  const Fp8 fp8 = scenario.workload.fp8;
  shape.projection_operand = fp8 == Fp8::linear ? 1.0 : shape.element;
  shape.ffn_operand = fp8 == Fp8::none ? shape.element : 1.0;
  // Momentum and variance in fp32, and a master copy where the weights are not fp32 themselves. Formula 5.4.
  shape.optimizer = shape.element < 4 ? 12.0 : 8.0;
  // Matrices are split over the tensor ranks, norms and the router are not.
  const ParameterCounts counts = parameter_counts(model);
  RankParameters& p = shape.parameters;
  p.attention = model.hidden * (2 * shape.query_width + 2 * shape.kv_width) + model.hidden;
  p.feed_forward = counts.feed_forward / plan.tensor + counts.router + model.hidden;
  p.embedding = shape.vocab * model.hidden;
  p.head = shape.vocab * model.hidden + model.hidden;
  shape.tied = model.embeddings == Embeddings::tied;
  p.total = counts.layers * (p.attention + p.feed_forward) + p.embedding + shape.head_gradients();
  return shape;
}

}  // namespace costmodel
