#include "costmodel/schedule/lower_step.h"

#include <array>
#include <stdexcept>

namespace costmodel {

namespace {

// The plan with every axis at its default that the phase does not depend on.
Plan relevant_axes(PhaseKind kind, const Plan& plan) {
  Plan key = plan;
  if (kind != PhaseKind::layer_forward && kind != PhaseKind::layer_backward) {
    // Only who holds which weights and how many tokens.
    const Plan defaults;
    key.transport = defaults.transport;
    key.inner_ring = key.ring;
    key.layout = defaults.layout;
    key.forward = defaults.forward;
    key.checkpoint = defaults.checkpoint;
  }
  if (kind != PhaseKind::layer_backward) {
    key.backward = BackwardSide::kv;
    key.grad_dtype = GradDtype::bf16;
  }
  if (kind == PhaseKind::embedding || kind == PhaseKind::layer_forward) key.zero = plan.zero >= 3 ? 3 : 0;
  if (kind != PhaseKind::head) key.fused_loss = FusedLoss::no;
  if (kind != PhaseKind::optimizer) key.offload = Offload::none;
  return key;
}

class Recipes {
 public:
  Recipes(const Scenario& scenario, const Plan& plan) : plan_(plan) {
    accumulates_ = scenario.workload.micro_batches() > 1;
    replicas_ = group_size(RankGrid::of(plan), GroupKind::replicas);
  }

  void add(PhaseKind kind, int repeat = 1, Cadence cadence = Cadence::every_micro_batch,
           Reduce reduce = Reduce::no) {
    PhaseRecipe recipe;
    recipe.kind = kind;
    recipe.reduce = reduce;
    recipe.plan = relevant_axes(kind, plan_);
    recipe.repeat = repeat;
    recipe.cadence = cadence;
    list_.push_back(recipe);
  }

  // A phase that makes weight gradients: sharded ones are reduced in every micro-batch, whole ones in the
  // last.
  void add_reducing(PhaseKind kind, int repeat = 1) {
    if (replicas_ == 1) return add(kind, repeat);
    if (plan_.zero >= 2) return add(kind, repeat, Cadence::every_micro_batch, Reduce::yes);
    if (accumulates_) add(kind, repeat, Cadence::all_but_last, Reduce::no);
    add(kind, repeat, accumulates_ ? Cadence::last_micro_batch : Cadence::every_micro_batch, Reduce::yes);
  }

  int next() const { return static_cast<int>(list_.size()); }
  std::vector<PhaseRecipe>& list() { return list_; }
  bool shards_gradients() const { return plan_.zero >= 2 && replicas_ > 1; }

 private:
  Plan plan_;
  bool accumulates_ = false;
  int replicas_ = 1;
  std::vector<PhaseRecipe> list_;
};

std::string_view phase_name(const PhaseRecipe& recipe) {
  switch (recipe.kind) {
    case PhaseKind::embedding: return "embedding";
    case PhaseKind::layer_forward: return "layer forward";
    case PhaseKind::head: return "LM head";
    case PhaseKind::layer_backward:
      return recipe.cadence == Cadence::all_but_last ? "layer backward, accumulating" : "layer backward";
    case PhaseKind::embedding_backward:
      return recipe.cadence == Cadence::all_but_last ? "embedding backward, accumulating"
                                                     : "embedding backward";
    case PhaseKind::optimizer: return "optimizer";
  }
  return "";
}

// Optimizer states of one rank, wherever they lie.   Formula 5.4.
Bytes optimizer_bytes(const StepShape& shape, const Plan& plan) {
  const double parameters = static_cast<double>(shape.parameters.total);
  return Bytes((plan.zero >= 1 ? parameters / shape.replicas() : parameters) * shape.optimizer);
}

bool is_backward(PhaseKind kind) {
  return kind == PhaseKind::layer_backward || kind == PhaseKind::embedding_backward;
}

}  // namespace

std::vector<PhaseRecipe> step_recipes(const Scenario& scenario, const Plan& plan) {
  const int layers = static_cast<int>(scenario.model.layers);
  Recipes recipes(scenario, plan);
  recipes.add(PhaseKind::embedding);
  const int forward = recipes.next();
  recipes.add(PhaseKind::layer_forward, layers);
  if (scenario.workload.phase == WorkPhase::prefill) {
    recipes.list().back().kept_until = recipes.next();
    recipes.add(PhaseKind::head);
    return recipes.list();
  }
  recipes.add(PhaseKind::head, 1, Cadence::every_micro_batch,
              recipes.shards_gradients() ? Reduce::yes : Reduce::no);
  recipes.add_reducing(PhaseKind::layer_backward, layers);
  recipes.list()[static_cast<std::size_t>(forward)].kept_until = recipes.next() - 1;
  recipes.add_reducing(PhaseKind::embedding_backward);
  recipes.add(PhaseKind::optimizer, 1, Cadence::step);
  return recipes.list();
}

std::span<const std::string_view> kept_by(WorkPhase phase, Checkpoint checkpoint) {
  static constexpr std::array<std::string_view, 1> input{"layer input"};
  static constexpr std::array<std::string_view, 3> outputs{"layer input", "O", "LSE"};
  static constexpr std::array<std::string_view, 3> half{"layer input", "O of the later half",
                                                        "LSE of the later half"};
  static constexpr std::array<std::string_view, 13> everything{
      "layer input",        "norm 1", "Q",        "K,V",        "O",       "O by tokens",  "LSE",
      "attention residual", "norm 2", "gate, up", "activation", "product", "expert inputs"};
  static constexpr std::array<std::string_view, 1> cache{"K,V"};
  if (phase == WorkPhase::prefill) return cache;
  switch (checkpoint) {
    case Checkpoint::none: return everything;
    case Checkpoint::full: return input;
    case Checkpoint::attention_output: return outputs;
    case Checkpoint::half_attention_output: return half;
  }
  return everything;
}

Phase lower_phase(const Scenario& scenario, const PhaseRecipe& recipe) {
  const Plan& plan = recipe.plan;
  const StepShape shape = step_shape(scenario, plan);
  const WorkloadSpec& workload = scenario.workload;
  Phase phase;
  phase.name = phase_name(recipe);
  phase.direction = is_backward(recipe.kind) ? Direction::backward : Direction::forward;
  phase.repeat = recipe.repeat;
  phase.cadence = recipe.cadence;
  phase.kept_until = recipe.kept_until;
  phase.shape = shape.sizes.shape;
  PhaseBuilder builder(phase);
  // The new K and V of a text that is only scored are not needed again.
  const bool keeps = workload.phase == WorkPhase::training_step || workload.logits == Logits::last;
  builder.in_layer(keeps ? kept_by(workload.phase, plan.checkpoint) : std::span<const std::string_view>{});
  switch (recipe.kind) {
    case PhaseKind::embedding: lower_embedding(builder, shape, plan); break;
    case PhaseKind::layer_forward:
      lower_layer_forward(builder, shape, plan, AttentionPart::all, Purpose::model);
      break;
    case PhaseKind::head:
      if (workload.phase == WorkPhase::prefill)
        lower_prefill_head(builder, shape, plan, workload);
      else
        lower_training_head(builder, shape, plan, recipe.reduce);
      break;
    case PhaseKind::layer_backward: lower_layer_backward(builder, shape, plan, recipe.reduce); break;
    case PhaseKind::embedding_backward: lower_embedding_backward(builder, shape, plan, recipe.reduce); break;
    case PhaseKind::optimizer: lower_optimizer(builder, shape, plan); break;
  }
  return phase;
}

std::vector<Buffer> resident_buffers(const Scenario& scenario, const Plan& plan) {
  const StepShape shape = step_shape(scenario, plan);
  const double parameters = static_cast<double>(shape.parameters.total);
  const double sharded = parameters / shape.replicas();
  Bytes weights((plan.zero >= 3 ? sharded : parameters) * shape.element);
  // Weights that only fp8 products read are kept in fp8; training keeps what the optimizer updates.
  if (scenario.workload.phase == WorkPhase::prefill)
    weights -=
        static_cast<double>(shape.layers) *
        (Bytes(static_cast<double>(shape.parameters.attention) * (shape.element - shape.projection_operand)) +
         Bytes(static_cast<double>(shape.parameters.feed_forward) * (shape.element - shape.ffn_operand)));
  std::vector<Buffer> buffers{{Payload::weights, weights, Lifetime::phase, "parameters"}};
  if (scenario.workload.phase == WorkPhase::prefill) {
    const std::int64_t cached = scenario.workload.cached_tokens() / plan.ring;
    if (cached > 0)
      buffers.push_back({Payload::kv_cache, static_cast<double>(shape.layers) * shape.sizes.kv_bytes(cached),
                         Lifetime::phase, "cached K,V"});
    return buffers;
  }
  buffers.push_back({Payload::weight_gradients,
                     Bytes((plan.zero >= 2 ? sharded : parameters) * shape.element), Lifetime::phase,
                     "gradients"});
  if (plan.offload == Offload::none)
    buffers.push_back(
        {Payload::optimizer_states, optimizer_bytes(shape, plan), Lifetime::phase, "optimizer states"});
  return buffers;
}

Bytes host_bytes(const Scenario& scenario, const Plan& plan) {
  return plan.offload == Offload::none ? Bytes(0) : optimizer_bytes(step_shape(scenario, plan), plan);
}

Schedule empty_schedule(const Scenario& scenario, const Plan& plan) {
  Schedule schedule;
  schedule.grid = RankGrid::of(plan);
  schedule.layout = plan.layout;
  schedule.sequence = scenario.workload.sequence;
  schedule.cached = scenario.workload.cached_tokens();
  schedule.mask = scenario.workload.mask;
  schedule.micro_batches = static_cast<int>(scenario.workload.micro_batches());
  return schedule;
}

Schedule lower_step(const Scenario& scenario, const Plan& plan) {
  Schedule schedule = empty_schedule(scenario, plan);
  for (const PhaseRecipe& recipe : step_recipes(scenario, plan))
    schedule.phases.push_back(lower_phase(scenario, recipe));
  schedule.resident = resident_buffers(scenario, plan);
  return schedule;
}

}  // namespace costmodel
