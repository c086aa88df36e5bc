// A whole training step or prefill as phases: embedding, layers, LM head and loss, layers backward,
// optimizer.
//
// A recipe says which phase, how often and for which plan; `lower_phase` makes its program.  The plan of a
// recipe has every axis that the phase does not depend on at its default, so that equal recipes are equal
// phases: searches price each once.
#pragma once

#include <vector>

#include "costmodel/schedule/schedule.h"
#include "costmodel/schedule/step_shape.h"

namespace costmodel {

enum class PhaseKind : std::uint8_t {
  embedding,
  layer_forward,
  head,  // LM head; in training its loss and its backward pass too
  layer_backward,
  embedding_backward,
  optimizer,
};

// Whether a backward phase reduces the weight gradients over the replicas: with gradient accumulation some
// sharding stages do so in the last micro-batch only.
enum class Reduce : std::uint8_t { no, yes };

struct PhaseRecipe {
  PhaseKind kind = PhaseKind::embedding;
  Reduce reduce = Reduce::no;
  Plan plan;
  int repeat = 1;
  Cadence cadence = Cadence::every_micro_batch;
  int kept_until = -1;
};

std::vector<PhaseRecipe> step_recipes(const Scenario& scenario, const Plan& plan);
Phase lower_phase(const Scenario& scenario, const PhaseRecipe& recipe);
// Weights, gradients and optimizer states that one rank holds all the time.   Formula 5.4.
std::vector<Buffer> resident_buffers(const Scenario& scenario, const Plan& plan);
// Optimizer states that an offloading rank holds in host memory.   Formula 5.4.
Bytes host_bytes(const Scenario& scenario, const Plan& plan);
// The schedule without its phases.
Schedule empty_schedule(const Scenario& scenario, const Plan& plan);
Schedule lower_step(const Scenario& scenario, const Plan& plan);

// ---- for the lowering files only ----

// The names of the buffers that a layer leaves for its backward pass.   Formula 5.5.
std::span<const std::string_view> kept_by(WorkPhase phase, Checkpoint checkpoint);

// A layer's forward pass.  In a forward phase sharded weights come a unit (half a layer) ahead; a
// recomputation finds them in place.
void lower_layer_forward(PhaseBuilder& builder, const StepShape& shape, const Plan& plan, AttentionPart part,
                         Purpose purpose);
void lower_layer_backward(PhaseBuilder& builder, const StepShape& shape, const Plan& plan, Reduce reduce);
void lower_embedding(PhaseBuilder& builder, const StepShape& shape, const Plan& plan);
void lower_embedding_backward(PhaseBuilder& builder, const StepShape& shape, const Plan& plan, Reduce reduce);
void lower_training_head(PhaseBuilder& builder, const StepShape& shape, const Plan& plan, Reduce reduce);
void lower_prefill_head(PhaseBuilder& builder, const StepShape& shape, const Plan& plan,
                        const WorkloadSpec& workload);
void lower_optimizer(PhaseBuilder& builder, const StepShape& shape, const Plan& plan);

// Rows of a tensor: where they lie, and the operation that makes them.
struct RowBuffer {
  BufferId buffer;
  OpId ready = PhaseBuilder::none;
};

// Megatron's gather of a rank's rows into those of its tensor group, and the scatter of their sums back; the
// rows themselves with one tensor rank.   Formula 2.7.
RowBuffer gather_rows(PhaseBuilder& builder, const StepShape& shape, Payload payload, RowBuffer shard,
                      std::string_view name, Lifetime lifetime = Lifetime::touched);
RowBuffer scatter_rows(PhaseBuilder& builder, const StepShape& shape, Payload payload, RowBuffer partial,
                       std::string_view name, Lifetime lifetime = Lifetime::touched);

// How many pieces a collective of weights moves in beside a layer's computing.
int background_pieces(const StepShape& shape);
bool shards_weights(const StepShape& shape, const Plan& plan);    // ZeRO 3 on more than one replica
bool shards_gradients(const StepShape& shape, const Plan& plan);  // ZeRO 2 or 3

// All-gather of weights, and reduction of their gradients, over the replicas.   Formulas 2.9, 2.10.
Collective weight_gather(const StepShape& shape, std::int64_t parameters);
Collective gradient_reduction(const StepShape& shape, const Plan& plan, std::int64_t parameters);

}  // namespace costmodel
