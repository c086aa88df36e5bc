// From a plan to its schedule.  One file per transport: lower_single, lower_ring (flat and double, with its
// two backward sides), lower_all_gather, lower_all_to_all (also the outside of a hybrid), lower_tensor.
//
// The plan must have passed reject() (plan/reject.h): everything divides and the device count fits.
#pragma once

#include <initializer_list>

#include "costmodel/plan/plan.h"
#include "costmodel/schedule/schedule.h"
#include "costmodel/spec/scenario.h"

namespace costmodel {

// The attention operator of one layer: one phase for forward, one for backward, as the workload asks.
Schedule lower(const Scenario& scenario, const Plan& plan);

// ---- for the lowering files only ----

// Sizes of one rank's share.  Symbols as in docs/model.md.
struct ShardSizes {
  std::int64_t tokens = 0;      // tokens of one ring position, N / ring
  std::int64_t own_tokens = 0;  // tokens of one tensor group, N / (ring x ulysses)
  AttentionShape shape;         // heads of this rank
  std::int64_t hidden = 0;      // width of the residual stream
  std::int64_t sequence = 0;    // N
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

// Appends operations, filling in the fields that follow from their kind.
class PhaseBuilder {
 public:
  using Waits = std::initializer_list<OpId>;
  using Buffers = std::initializer_list<BufferId>;
  static constexpr OpId none{-1};  // ignored in a list of waits

  explicit PhaseBuilder(Phase& phase) : phase_(phase) {}

  BufferId buffer(Payload payload, Bytes bytes, Lifetime lifetime, std::string_view name);
  std::int32_t transfer(RingShift shift, Bytes bytes, Payload payload);
  std::int32_t elementwise_work(ElementwiseKind kind, Bytes per_query_row, Bytes per_key_row);

  OpId attention(BlockRule rule, std::int32_t step, RingShift visit, Waits waits, Buffers reads,
                 Buffers writes);
  OpId elementwise(std::int32_t work, BlockRule rule, std::int32_t step, RingShift visit, Waits waits,
                   Buffers reads, Buffers writes);
  OpId exchange(Lane lane, std::int32_t transfer, std::int32_t step, Waits waits, Buffers reads,
                Buffers writes);
  OpId collective(Collective collective, Waits waits, Buffers reads, Buffers writes);

  Phase& phase() { return phase_; }

 private:
  OpId append(Op op, Waits waits, Buffers reads, Buffers writes);
  Phase& phase_;
};

// Bytes that a merge, a delta or an accumulation touches per row, for the rank's heads.   Formulas 3.3, 3.4.
std::int32_t merge_work(PhaseBuilder& builder, const ShardSizes& sizes);
std::int32_t delta_work(PhaseBuilder& builder, const ShardSizes& sizes);
std::int32_t accumulate_queries_work(PhaseBuilder& builder, const ShardSizes& sizes, ElementwiseKind kind);
std::int32_t accumulate_keys_work(PhaseBuilder& builder, const ShardSizes& sizes, ElementwiseKind kind);

// One per transport.  Each appends the operations of one direction after `first_wait` and returns the last
// one.
OpId append_single(PhaseBuilder& builder, const ShardSizes& sizes, Direction direction, OpId first_wait);
OpId append_ring(PhaseBuilder& builder, const RankGrid& grid, const ShardSizes& sizes, BackwardSide side,
                 Direction direction, OpId first_wait);
OpId append_all_gather(PhaseBuilder& builder, const RankGrid& grid, const ShardSizes& sizes,
                       Direction direction, OpId first_wait);
OpId append_all_to_all(PhaseBuilder& builder, const RankGrid& grid, const ShardSizes& sizes,
                       BackwardSide side, Direction direction, OpId first_wait);

// Megatron's collectives around whatever splits the sequence: gather the layer's input before, scatter the
// sums after.
OpId append_tensor_gather(PhaseBuilder& builder, const RankGrid& grid, const ShardSizes& sizes);
OpId append_tensor_scatter(PhaseBuilder& builder, const RankGrid& grid, const ShardSizes& sizes,
                           OpId computed);

// Attention of this rank's queries on `keys` keys, all local, after `wait`.  Returns the last operation.
OpId append_local_attention(PhaseBuilder& builder, const ShardSizes& sizes, Direction direction,
                            BlockRule rule, std::int64_t keys, OpId wait);

}  // namespace costmodel
