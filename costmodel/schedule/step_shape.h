// The sizes of one rank's share of a whole model: rows, widths, parameters.  For the lowering files only;
// symbols as in docs/model.md.
#pragma once

#include <algorithm>
#include <string_view>

#include "costmodel/schedule/lowering.h"
#include "costmodel/schedule/rank_grid.h"

namespace costmodel {

// Parameters of one rank, before ZeRO shards them.
struct RankParameters {
  std::int64_t attention = 0;     // projections and the norm before them, of one layer
  std::int64_t feed_forward = 0;  // with its norm and router, of one layer
  std::int64_t embedding = 0;
  std::int64_t head = 0;   // with the final norm; also when the matrix is shared with the embedding
  std::int64_t total = 0;  // a shared matrix counted once
};

struct StepShape {
  ShardSizes sizes;  // attention's view of one micro-batch
  RankGrid grid;
  RankParameters parameters;
  std::int64_t rows = 0;    // rows of this rank's matrix products: batch x N / (ring x ulysses)
  std::int64_t shard = 0;   // rows of its residual stream: rows / tensor
  std::int64_t hidden = 0;  // D
  std::int64_t query_width = 0, kv_width = 0;  // H / t, K / t
  std::int64_t ffn = 0;                        // feed-forward width of this rank, of one expert
  std::int64_t gates = 1;                      // matrices before the activation: 2 when gated
  std::int64_t experts = 0, active_experts = 0;
  std::int64_t vocab = 0;  // V / t
  int layers = 0;
  bool tied = false;                               // the LM head shares the embedding's matrix
  double element = 2;                              // e
  double projection_operand = 2, ffn_operand = 2;  // bytes of an operand of those products: 1 in fp8
  double optimizer = 12;                           // bytes of optimizer state per parameter

  // Bytes of `rows` rows of a width.
  Bytes bytes(std::int64_t row_count, std::int64_t width) const {
    return Bytes(static_cast<double>(row_count) * static_cast<double>(width) * element);
  }
  Bytes hidden_bytes() const { return bytes(rows, hidden); }  // of a tensor group
  Bytes shard_bytes() const { return bytes(shard, hidden); }  // of this rank
  // Rows that pass through feed-forward matrices: each token visits its active experts.
  std::int64_t ffn_rows() const { return rows * std::max<std::int64_t>(1, active_experts); }
  // One product per expert that any row can visit, and rows of each, rounded up to equal shares.
  std::int64_t expert_products() const { return experts > 0 ? std::min(experts, ffn_rows()) : 1; }
  std::int64_t expert_rows() const { return (ffn_rows() + expert_products() - 1) / expert_products(); }
  double useful_expert_rows() const {
    return static_cast<double>(ffn_rows()) / static_cast<double>(expert_rows() * expert_products());
  }
  Bytes gate_bytes() const { return bytes(ffn_rows(), gates * ffn); }
  Bytes product_bytes() const { return bytes(ffn_rows(), ffn); }
  Bytes weight_bytes(std::int64_t count) const { return Bytes(static_cast<double>(count) * element); }
  // Parameters of the head that the embedding does not have.
  std::int64_t head_gradients() const { return tied ? hidden : parameters.head; }
  int replicas() const { return group_size(grid, GroupKind::replicas); }
};

StepShape step_shape(const Scenario& scenario, const Plan& plan);

}  // namespace costmodel
