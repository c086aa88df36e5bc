// Megatron-Core with TransformerEngine.
//
// Source: NVIDIA/Megatron-LM, core 0.20.0, commit d98e8a64dd of 2026-08-22 (megatron/training/arguments.py,
// core/model_parallel_config.py, core/transformer/transformer_config.py);
// NVIDIA/TransformerEngine 2.20.0.dev0, commit d0067d0da of 2026-08-22
// (pytorch/attention/dot_product_attention/context_parallel.py).
#include <fmt/format.h>

#include "costmodel/formats/export_parts.h"

namespace costmodel {

namespace {

void model_flags(const Scenario& scenario, FrameworkExport& result) {
  const ModelSpec& model = scenario.model;
  const auto add = [&](std::string flag) { result.flags.push_back(std::move(flag)); };
  add(fmt::format("--num-layers {}", model.layers));
  add(fmt::format("--hidden-size {}", model.hidden));
  if (model.ffn > 0) add(fmt::format("--ffn-hidden-size {}", model.ffn));
  add(fmt::format("--num-attention-heads {}", model.heads));
  add(fmt::format("--kv-channels {}", model.head_dim));
  if (model.kv_heads < model.heads)
    add(fmt::format("--group-query-attention --num-query-groups {}", model.kv_heads));
  if (model.feed_forward == FeedForward::gated) add("--swiglu");
  if (model.embeddings == Embeddings::separate) add("--untie-embeddings-and-output-weights");
  if (model.vocab > 0) add(fmt::format("--vocab-size {}", model.vocab));
  if (model.experts > 0)
    add(fmt::format("--num-experts {} --moe-router-topk {} --moe-ffn-hidden-size {}", model.experts,
                    model.active_experts, model.expert_ffn));
}

std::string window_flag(const Mask& mask) {
  // A window of w tokens is the query's own and w - 1 before it.
  return fmt::format("--window-size {},0", mask.window - 1);
}

void workload_flags(const Scenario& scenario, const Plan& plan, FrameworkExport& result) {
  const WorkloadSpec& work = scenario.workload;
  const auto add = [&](std::string flag) { result.flags.push_back(std::move(flag)); };
  add(fmt::format("--seq-length {}", work.sequence));
  add(fmt::format("--max-position-embeddings {}", work.sequence));
  add(fmt::format("--micro-batch-size {}", work.batch / work.micro_batches()));
  add(fmt::format("--global-batch-size {}", work.batch * plan.data));
  if (work.dtype == Dtype::bf16) add("--bf16");
  if (work.dtype == Dtype::fp16) add("--fp16");
  if (work.mask.kind == MaskKind::full)
    result.not_expressible.push_back(
        "pretrain_gpt.py always masks causally. Nearest: a bidirectional model of your own on Megatron-Core "
        "(AttnMaskType.no_mask); the flags below hold for it too.");
  if (work.mask.kind == MaskKind::sliding) {
    const bool ring = plan.transport_is_ring() && plan.ring > 1;
    if (ring)
      result.not_expressible.push_back(
          "TransformerEngine refuses sliding windows with p2p and a2a+p2p. Nearest: --cp-comm-type "
          "all_gather or a2a, "
          "which take the window.");
    else
      add(window_flag(work.mask));
  }
  if (splits_context(plan) && work.sequence % (std::int64_t{2} * plan.context_parallel()) != 0)
    result.not_expressible.push_back(
        fmt::format("{} tokens do not divide by {}: Megatron needs a multiple of twice the context-parallel "
                    "size. Nearest: pad.",
                    work.sequence, 2 * plan.context_parallel()));
}

void parallel_flags(const Plan& plan, FrameworkExport& result) {
  const auto add = [&](std::string flag) { result.flags.push_back(std::move(flag)); };
  add(fmt::format("--tensor-model-parallel-size {}", plan.tensor));
  if (plan.tensor > 1) add("--sequence-parallel");
  add("--pipeline-model-parallel-size 1");
  add(fmt::format("--context-parallel-size {}", plan.context_parallel()));
  if (!splits_context(plan)) return;
  switch (plan.transport) {
    case Transport::ring: add("--cp-comm-type p2p"); break;
    case Transport::all_gather: add("--cp-comm-type all_gather"); break;
    case Transport::all_to_all: add("--cp-comm-type a2a"); break;
    case Transport::hybrid:
      add("--cp-comm-type a2a+p2p");
      add(fmt::format("--hierarchical-context-parallel-sizes {} {}", plan.ulysses, plan.ring));
      break;
    case Transport::none:
    case Transport::tensor: break;
  }
}

// TransformerEngine's ring: K and V circulate in one flat ring, tokens lie in zigzag, gradients travel as K
// and V do.
void ring_limits(const Scenario& scenario, const Plan& plan, FrameworkExport& result) {
  auto& cannot = result.not_expressible;
  if (plan.layout != Layout::zigzag && plan.ring > 1)
    cannot.push_back(
        "TransformerEngine always lays tokens out in zigzag (\"DualChunkSwap\") under context parallelism. "
        "Nearest: "
        "zigzag, which balances causal work.");
  if (!plan.transport_is_ring() || plan.ring < 2) return;
  if (plan.backward == BackwardSide::q)
    cannot.push_back(
        "There is no backward pass that circulates Q, dO and dQ (burst). Nearest: K, V, dK and dV circulate; "
        "price it "
        "with backward = \"kv\".");
  if (plan.double_ring()) {
    const bool heads_divide =
        scenario.model.kv_heads % (std::int64_t{plan.inner_ring} * plan.ulysses * plan.tensor) == 0;
    cannot.push_back(fmt::format(
        "There is no double ring: p2p is one flat ring of {}. {}", plan.ring,
        heads_divide
            ? fmt::format("Nearest: --cp-comm-type a2a+p2p "
                          "--hierarchical-context-parallel-sizes {} {}, all-to-all inside "
                          "the node and a ring between nodes.",
                          plan.inner_ring * plan.ulysses, plan.outer_ring())
            : fmt::format("a2a+p2p with {} inside the node would need kv heads divisible by {}; "
                          "nearest: the flat ring.",
                          plan.inner_ring * plan.ulysses, plan.inner_ring * plan.ulysses * plan.tensor)));
  }
  if (plan.grad_dtype == GradDtype::fp32)
    cannot.push_back("dK and dV travel in the dtype of K and V. Nearest: that, grad_dtype = \"bf16\".");
}

void memory_flags(const Plan& plan, std::int64_t experts, FrameworkExport& result) {
  const auto add = [&](std::string flag) { result.flags.push_back(std::move(flag)); };
  switch (plan.checkpoint) {
    case Checkpoint::none: break;
    case Checkpoint::full:
      add("--recompute-granularity full --recompute-method uniform --recompute-num-layers 1");
      break;
    case Checkpoint::attention_output:
      add(std::string("--recompute-granularity selective --recompute-modules layernorm ") +
          (experts == 0 ? "mlp" : "moe"));
      result.not_expressible.push_back(
          "No recompute mode keeps the attention output and recomputes all else. Nearest, below: recompute "
          "norms and "
          "feed-forward, which keeps Q, K and V too.");
      break;
    case Checkpoint::half_attention_output:
      add("--recompute-granularity full --recompute-method uniform --recompute-num-layers 1");
      result.not_expressible.push_back(
          "No recompute mode keeps the attention output of half of the sequence. Nearest, below: full "
          "recomputation.");
      break;
  }
  if (plan.zero == 1) add("--use-distributed-optimizer");
  if (plan.zero >= 2) {
    add(
        fmt::format("--use-megatron-fsdp --data-parallel-sharding-strategy {} --use-distributed-optimizer "
                    "--ckpt-format fsdp_dtensor",
                    plan.zero == 2 ? "optim_grads" : "optim_grads_params"));
    result.notes.push_back("Megatron-FSDP refuses CUDA_DEVICE_MAX_CONNECTIONS=1: leave the variable unset.");
  }
  if (plan.zero > 0 && splits_context(plan))
    result.notes.push_back("Optimizer states are sharded over data x context-parallel ranks.");
  if (plan.offload == Offload::optimizer) add("--optimizer-cpu-offload --use-precision-aware-optimizer");
  if (plan.fused_loss == FusedLoss::yes) {
    add("--cross-entropy-loss-fusion");
    result.not_expressible.push_back(
        "The LM head is not fused with the loss: logits are still made. Nearest, below: the fused cross "
        "entropy.");
  }
}

}  // namespace

FrameworkExport export_megatron(const Scenario& scenario, const Plan& plan) {
  FrameworkExport result;
  result.source =
      "Megatron-Core 0.20.0 (Megatron-LM d98e8a64dd, 2026-08-22) with TransformerEngine 2.20.0.dev0 "
      "(d0067d0da)";
  result.launcher = torchrun(scenario, plan, "pretrain_gpt.py");
  parallel_flags(plan, result);
  model_flags(scenario, result);
  workload_flags(scenario, plan, result);
  memory_flags(plan, scenario.model.experts, result);
  ring_limits(scenario, plan, result);
  if ((plan.tensor > 1 || splits_context(plan)) && plan.zero < 2)
    result.environment.push_back("CUDA_DEVICE_MAX_CONNECTIONS=1");
  if (plan.transport == Transport::hybrid)
    result.notes.push_back(
        "a2a+p2p needs TransformerEngine 1.12 or later; the first size is the all-to-all inside.");
  if (plan.transport == Transport::all_gather)
    result.notes.push_back("The all-gather of K and V is not overlapped with attention.");
  result.notes.push_back("Add data, tokenizer, norm, positions and optimizer flags of the training run.");
  return result;
}

}  // namespace costmodel
