#include "costmodel/plan/reject.h"

#include "costmodel/plan/plan_alias.h"
#include "costmodel/plan/plan_text.h"

namespace costmodel {

namespace {

std::optional<Rejection> no(RejectReason reason, std::string text) {
  return Rejection{reason, std::move(text)};
}

std::string number(std::int64_t n) { return std::to_string(n); }

std::optional<Rejection> check_degrees(const Plan& plan) {
  const auto only = [&](const char* degrees) {
    return no(RejectReason::degrees, "transport " + std::string(name_of(plan.transport)) + " " + degrees);
  };
  if (plan.tensor < 1 || plan.data < 1 || plan.ulysses < 1 || plan.ring < 1 || plan.inner_ring < 1)
    return no(RejectReason::degrees, "every degree must be at least 1");
  const double ranks = double{1} * plan.tensor * plan.data * plan.ulysses * plan.ring;
  if (ranks > 1048576.0) return no(RejectReason::degrees, "has more than 1,048,576 ranks");
  switch (plan.transport) {
    case Transport::none:
      if (plan.tensor != 1 || plan.context_parallel() != 1) return only("needs tensor = ulysses = ring = 1");
      break;
    case Transport::ring:
      if (plan.ulysses != 1 || plan.ring < 2) return only("needs ring >= 2 and ulysses = 1");
      break;
    case Transport::all_gather:
      if (plan.ulysses != 1 || plan.ring < 2) return only("needs ring >= 2 and ulysses = 1");
      break;
    case Transport::all_to_all:
      if (plan.ulysses < 2 || plan.ring != 1) return only("needs ulysses >= 2 and ring = 1");
      break;
    case Transport::hybrid:
      if (plan.ulysses < 2 || plan.ring < 2) return only("needs ulysses >= 2 and ring >= 2");
      break;
    case Transport::tensor:
      if (plan.tensor < 2 || plan.context_parallel() != 1)
        return only("needs tensor >= 2 and ulysses = ring = 1");
      break;
  }
  return std::nullopt;
}

std::optional<Rejection> check_inner_ring(const Scenario& scenario, const Plan& plan) {
  if (plan.inner_ring == plan.ring) return std::nullopt;
  if (!plan.transport_is_ring())
    return no(RejectReason::inner_ring, "inner_ring has a meaning for ring and hybrid transports only");
  if (plan.inner_ring > plan.ring || plan.ring % plan.inner_ring != 0)
    return no(RejectReason::inner_ring,
              "inner_ring " + number(plan.inner_ring) + " does not divide ring " + number(plan.ring));
  const int node = common_node_size(scenario.cluster);
  const int ranks = plan.inner_ring * plan.ulysses * plan.tensor;
  if (node % ranks != 0)
    return no(RejectReason::inner_ring, "an inner ring of " + number(plan.inner_ring) + " takes " +
                                            number(ranks) + " GPUs and does not fit evenly into nodes of " +
                                            number(node));
  return std::nullopt;
}

std::optional<Rejection> check_heads(const Scenario& scenario, const Plan& plan) {
  const int split = plan.tensor * plan.ulysses;
  if (scenario.model.heads % split != 0)
    return no(RejectReason::heads,
              "splits heads " + number(split) + " ways, the model has " + number(scenario.model.heads));
  // Megatron copies key/value heads to several tensor ranks when there are fewer of them than ranks.
  const bool copied = plan.ulysses == 1 && plan.tensor % scenario.model.kv_heads == 0;
  if (scenario.model.kv_heads % split != 0 && !copied) {
    if (scenario.model.kv_heads < split)
      return no(RejectReason::heads,
                "needs " + number(split) + " kv heads, the model has " + number(scenario.model.kv_heads));
    return no(RejectReason::heads,
              "splits kv heads " + number(split) + " ways, the model has " + number(scenario.model.kv_heads));
  }
  return std::nullopt;
}

std::optional<Rejection> check_tokens(const Scenario& scenario, const Plan& plan) {
  const std::int64_t n = scenario.workload.sequence;
  const bool zigzag = plan.layout == Layout::zigzag && plan.ring > 1;
  const std::int64_t parts = std::int64_t{plan.ring} * (zigzag ? 2 : 1);
  if (n % parts != 0)
    return no(RejectReason::tokens, number(n) + " tokens do not divide by " + number(parts) +
                                        (zigzag ? " (twice the ring, for zigzag)" : " (ring)"));
  // Rings split every document alike, gathered keys leave them where they are.
  if (plan.transport_is_ring())
    for (const std::int64_t document : scenario.workload.mask.documents)
      if (document % parts != 0)
        return no(RejectReason::tokens, "a document of " + number(document) + " tokens does not divide by " +
                                            number(parts) +
                                            (zigzag ? " (twice the ring, for zigzag)" : " (ring)"));
  const std::int64_t ranks = std::int64_t{plan.ring} * plan.ulysses * plan.tensor;
  if (n % ranks != 0)
    return no(RejectReason::tokens,
              number(n) + " tokens do not divide by " + number(ranks) + " (ring x ulysses x tensor)");
  return std::nullopt;
}

// What only some phases ask of a plan.
std::optional<Rejection> check_phase(const Scenario& scenario, const Plan& plan) {
  const WorkloadSpec& workload = scenario.workload;
  if (plan.forward == ForwardSide::q) {
    if (plan.transport != Transport::ring)
      return no(RejectReason::axis, "queries travel forward (forward = q) on a ring only, transport is " +
                                        std::string(name_of(plan.transport)));
    if (has_backward(workload.phase))
      return no(RejectReason::axis,
                "queries travel forward (forward = q) only where no backward pass follows");
  }
  if (workload.cached_tokens() % plan.ring != 0)
    return no(RejectReason::tokens,
              number(workload.cached) + " cached tokens do not divide by " + number(plan.ring) + " (ring)");
  if (workload.cached_tokens() > 0 && workload.mask.kind == MaskKind::sliding)
    return no(RejectReason::axis, "a sliding window over cached tokens is not priced; use the mask causal");
  if (workload.mask.kind == MaskKind::documents) {
    if (workload.cached_tokens() > 0)
      return no(RejectReason::axis,
                "packed documents behind cached tokens are not priced; use the mask causal");
    if (plan.checkpoint == Checkpoint::half_attention_output)
      return no(RejectReason::axis,
                "keeps the later half of the sequence, which packed documents do not have");
    if (plan.transport == Transport::all_gather && plan.layout != Layout::contiguous)
      return no(RejectReason::axis,
                "gathers the keys of packed documents, which are split where they lie; "
                "use the layout contiguous");
  }
  if (!is_whole_model(workload.phase)) return std::nullopt;
  if (workload.fp8 != Fp8::none) {
    for (const NodeGroup& group : scenario.cluster.groups)
      if (group.node.device.fp8_rate.value.value <= 0)
        return no(RejectReason::devices,
                  "computes products in fp8, which " + group.node.device.name + " has no matrix units for");
    if (workload.phase == WorkPhase::prefill && plan.zero == 3)
      return no(RejectReason::axis, "fp8 weights that are gathered (zero 3) are not priced; use zero 0");
  }
  if (workload.phase == WorkPhase::prefill) {
    if (plan.checkpoint != Checkpoint::none || plan.offload != Offload::none ||
        plan.fused_loss != FusedLoss::no)
      return no(
          RejectReason::axis,
          "checkpoint, offload and fused_loss have a meaning in a training step only, this is a prefill");
    if (plan.zero == 1 || plan.zero == 2)
      return no(RejectReason::axis,
                "zero " + number(plan.zero) +
                    " shards gradients or optimizer states, a prefill has neither; 0 or 3");
  }
  const ModelSpec& model = scenario.model;
  const std::int64_t ffn = model.experts > 0 ? model.expert_ffn : model.ffn;
  if (ffn % plan.tensor != 0)
    return no(RejectReason::axis, "splits the feed-forward width " + number(ffn) + " " + number(plan.tensor) +
                                      " ways, which does not divide it");
  if (plan.checkpoint == Checkpoint::half_attention_output && workload.sequence % 2 != 0)
    return no(RejectReason::tokens, number(workload.sequence) + " tokens have no half");
  return std::nullopt;
}

}  // namespace

std::optional<Rejection> reject(const Scenario& scenario, const Plan& plan) {
  if (auto r = check_degrees(plan)) return r;
  if (plan.world_size() > scenario.usable_gpus())
    return no(RejectReason::devices,
              "needs " + number(plan.world_size()) + " GPUs, " +
                  (scenario.placement.empty() ? "the cluster has " : "the placement names ") +
                  number(scenario.usable_gpus()));
  for (const NodeGroup& group : scenario.cluster.groups)
    if (group.node.scale_out.nics < 1 && plan.world_size() > scenario.cluster.groups.front().node.gpus)
      return no(RejectReason::devices, "spans nodes, but the nodes have no network cards (nics = 0)");
  if (auto r = check_heads(scenario, plan)) return r;
  if (auto r = check_tokens(scenario, plan)) return r;
  if (auto r = check_phase(scenario, plan)) return r;
  return check_inner_ring(scenario, plan);
}

}  // namespace costmodel
