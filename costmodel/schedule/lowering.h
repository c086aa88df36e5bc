// From a plan to its schedule.  One file per transport: lower_single, lower_ring (flat and double, with its
// two backward sides), lower_pass_q, lower_all_gather, lower_all_to_all (also the outside of a hybrid),
// lower_tensor; whole layers and steps are in lower_layer_*.cpp and lower_step.cpp.
//
// The plan must have passed reject() (plan/reject.h): everything divides and the device count fits.
#pragma once

#include "costmodel/plan/plan.h"
#include "costmodel/schedule/phase_builder.h"
#include "costmodel/schedule/schedule.h"
#include "costmodel/spec/scenario.h"

namespace costmodel {

// What the workload asks for: the attention operator of one layer (one phase for forward, one for backward),
// a whole training step or a prefill (lower_step.h).
Schedule lower(const Scenario& scenario, const Plan& plan);

// ---- for the lowering files only ----

// Sizes of one rank's share.  Symbols as in docs/model.md.
struct ShardSizes {
  std::int64_t tokens = 0;      // tokens of one ring position, N / ring
  std::int64_t own_tokens = 0;  // tokens of one tensor group, N / (ring x ulysses)
  AttentionShape shape;         // heads of this rank
  std::int64_t hidden = 0;      // width of the residual stream
  std::int64_t sequence = 0;    // N, computed tokens
  std::int64_t keys = 0;        // keys of one ring position: its tokens, and its share of the cached ones
  double element = 2;           // e, bytes of an activation element
  double gradient_element = 2;  // bytes of a travelling gradient element

  double batch() const { return static_cast<double>(shape.batch); }
  // Bytes of `tokens` rows of Q (or O, dO), of K and V together, and of one fp32 number per row and head.
  Bytes query_bytes(std::int64_t rows) const {
    return Bytes(batch() * static_cast<double>(rows) * static_cast<double>(shape.heads * shape.head_dim) *
                 element);
  }
  Bytes kv_bytes(std::int64_t rows) const {
    return Bytes(2.0 * batch() * static_cast<double>(rows) *
                 static_cast<double>(shape.kv_heads * shape.head_dim) * element);
  }
  Bytes row_bytes(std::int64_t rows) const {
    return Bytes(4.0 * batch() * static_cast<double>(rows) * static_cast<double>(shape.heads));
  }
};

ShardSizes shard_sizes(const Scenario& scenario, const Plan& plan);

// Bytes that a merge, a delta or an accumulation touches per row, for the rank's heads.   Formulas 3.3, 3.4.
std::int32_t merge_work(PhaseBuilder& builder, const ShardSizes& sizes);
std::int32_t delta_work(PhaseBuilder& builder, const ShardSizes& sizes);
std::int32_t accumulate_queries_work(PhaseBuilder& builder, const ShardSizes& sizes, ElementwiseKind kind);
std::int32_t accumulate_keys_work(PhaseBuilder& builder, const ShardSizes& sizes, ElementwiseKind kind);

// What a transport leaves behind: the last operation, and where its result lies (forward: O; backward: dQ and
// dK,dV, or both in one buffer).
struct AttentionResult {
  OpId last = PhaseBuilder::none;
  BufferId first = PhaseBuilder::no_buffer;
  BufferId second = PhaseBuilder::no_buffer;
};

// How much of the attention forward pass is computed: all of it, or when a recomputation has kept output to
// build on, only the rows of the first half of the sequence, or only the exchanges that put Q, K, V in place.
enum class AttentionPart { all, first_half, inputs };

// One per transport.  Each appends the operations of one direction after `first_wait`.
AttentionResult append_single(PhaseBuilder& builder, const ShardSizes& sizes, Direction direction,
                              OpId first_wait);
AttentionResult append_ring(PhaseBuilder& builder, const RankGrid& grid, const ShardSizes& sizes,
                            BackwardSide side, Direction direction, OpId first_wait);
AttentionResult append_pass_q(PhaseBuilder& builder, const RankGrid& grid, const ShardSizes& sizes,
                              OpId first_wait);
AttentionResult append_all_gather(PhaseBuilder& builder, const RankGrid& grid, const ShardSizes& sizes,
                                  Direction direction, OpId first_wait);
AttentionResult append_all_to_all(PhaseBuilder& builder, const RankGrid& grid, const ShardSizes& sizes,
                                  const Plan& plan, Direction direction, AttentionPart part, OpId first_wait);

// The transport of the plan.
AttentionResult append_transport(PhaseBuilder& builder, const RankGrid& grid, const ShardSizes& sizes,
                                 const Plan& plan, Direction direction, AttentionPart part, OpId first_wait);

// The buffers in which the transport expects Q, K and V (forward), or dO (backward), of this rank's tokens.
struct AttentionInputs {
  BufferId first = PhaseBuilder::no_buffer;
  BufferId second = PhaseBuilder::no_buffer;
};
AttentionInputs attention_inputs(PhaseBuilder& builder, const ShardSizes& sizes, const Plan& plan,
                                 Direction direction);

// Megatron's collectives around whatever splits the sequence: gather the layer's input before, scatter the
// sums after.
OpId append_tensor_gather(PhaseBuilder& builder, const RankGrid& grid, const ShardSizes& sizes);
OpId append_tensor_scatter(PhaseBuilder& builder, const RankGrid& grid, const ShardSizes& sizes,
                           OpId computed);
// Formula 2.7: what one gather or scatter of B x N / (ring x ulysses) x hidden elements sends.
Bytes tensor_bytes(const RankGrid& grid, const ShardSizes& sizes);

// Attention of this rank's queries on `keys` keys, all local, after `wait`.  Returns the last operation.
AttentionResult append_local_attention(PhaseBuilder& builder, const ShardSizes& sizes, Direction direction,
                                       BlockRule rule, std::int64_t keys, OpId wait);

}  // namespace costmodel
