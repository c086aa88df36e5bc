// A plan: how a model's work is split over GPUs, and what a training step keeps, recomputes and shards.  It
// says nothing about time.
//
// The axes are those of docs/scenario.md, section [plan]; aliases (burst, ring, usp, ...) are in
// plan_alias.h, the reasons why a plan cannot run in reject.h, its operations in schedule/schedule.h.
#pragma once

#include <string>

namespace costmodel {

enum class Transport { none, ring, all_gather, all_to_all, hybrid, tensor };
enum class Layout { contiguous, zigzag, striped };
enum class BackwardSide {
  kv,  // K, V, dK, dV travel (RingAttention)
  q,   // Q, dO, dQ, LSE, delta travel (BurstAttention)
};
// What travels in a forward ring: K and V, or (prefill) the queries.
enum class ForwardSide { kv, q };
enum class GradDtype { bf16, fp32 };  // of the travelling gradients
enum class Checkpoint { none, full, attention_output, half_attention_output };
enum class Offload { none, optimizer };
enum class FusedLoss { no, yes };

struct Plan {
  Transport transport = Transport::ring;
  int tensor = 1;  // degrees: ranks = tensor x ulysses x ring x data
  int data = 1;
  int ulysses = 1;
  int ring = 1;        // all_gather uses this degree too: its context-parallel group
  int inner_ring = 1;  // equal to ring: flat; a divisor of ring: double ring of ring/inner_ring x inner_ring
  Layout layout = Layout::zigzag;
  ForwardSide forward = ForwardSide::kv;
  BackwardSide backward = BackwardSide::kv;
  GradDtype grad_dtype = GradDtype::bf16;
  Checkpoint checkpoint = Checkpoint::none;
  int zero = 0;
  Offload offload = Offload::none;
  FusedLoss fused_loss = FusedLoss::no;

  int world_size() const { return tensor * ulysses * ring * data; }
  int context_parallel() const { return ulysses * ring; }
  int outer_ring() const { return ring / inner_ring; }
  bool double_ring() const { return transport_is_ring() && inner_ring < ring; }
  bool transport_is_ring() const { return transport == Transport::ring || transport == Transport::hybrid; }

  friend bool operator==(const Plan&, const Plan&) = default;
};

}  // namespace costmodel
