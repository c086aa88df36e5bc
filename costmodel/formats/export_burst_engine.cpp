// BurstEngine: burst attention in BMTrain.
//
// Source: thunlp/BurstEngine, commit 426eb7a of 2025-09-25 (BurstEngine/cpm/arguments.py,
// cpm/layers/attention.py, apps/llama/pretrain_llama_hug_tokenizer.py, apps/llama/flex.sh);
// MayDomine/Burst-Attention, commit b088c55 of 2024-08-22 (burst_attn/burst_attn_interface.py).
#include <fmt/format.h>

#include "costmodel/formats/export_parts.h"
#include "costmodel/plan/plan_alias.h"

namespace costmodel {

namespace {

constexpr std::int64_t fixed_window = 4096;

// The text of --sp: its parts are recognised by name.
std::string method_of(const Scenario& scenario, const Plan& plan, FrameworkExport& result) {
  auto& cannot = result.not_expressible;
  const int node = common_node_size(scenario.cluster);
  if (plan.transport == Transport::all_to_all) return "ulysses";
  if (plan.ring > 1 && plan.backward == BackwardSide::kv && plan.transport == Transport::ring) return "ring";
  std::string method = "burst";
  if (plan.transport == Transport::hybrid) {
    method += "_ulysses";
    if (plan.ulysses != node || plan.inner_ring != plan.ring)
      cannot.push_back(
          fmt::format("burst_ulysses puts Ulysses over the whole node and a flat ring over the nodes. "
                      "Nearest, below: ulysses {} x "
                      "ring {}.",
                      node, std::max(1, plan.context_parallel() / node)));
    if (plan.backward == BackwardSide::kv)
      cannot.push_back(
          "Its ring circulates Q, dO and dQ in the backward pass (backward = \"q\"). Nearest: that.");
  }
  if (plan.fused_loss == FusedLoss::yes) method += "_sl_loss";
  if (plan.checkpoint == Checkpoint::attention_output) method += "_whole_ckpt";
  if (plan.checkpoint == Checkpoint::half_attention_output) method += "_sl_ckpt";
  const Mask& mask = scenario.workload.mask;
  if (mask.kind == MaskKind::full && plan.transport == Transport::ring) method += "_full";
  if (mask.kind == MaskKind::sliding) {
    method += "_sliding";
    if (mask.window != fixed_window)
      cannot.push_back(
          fmt::format("The sliding window is {} tokens in the code. Nearest: that, or edit "
                      "cpm/layers/attention.py.",
                      fixed_window));
  }
  return method;
}

void ring_limits(const Scenario& scenario, const Plan& plan, const std::string& method,
                 FrameworkExport& result) {
  auto& cannot = result.not_expressible;
  if (plan.ring < 2) return;
  const bool striped =
      method.find("_sl_ckpt") != std::string::npos || method.find("_sliding") != std::string::npos;
  const Layout layout = striped ? Layout::striped : Layout::zigzag;
  if (plan.layout != layout && scenario.workload.mask.kind != MaskKind::full)
    cannot.push_back(fmt::format("--sp {} computes on tokens in {} order. Nearest: layout = \"{}\".", method,
                                 striped ? "striped" : "zigzag", striped ? "striped" : "zigzag"));
  const int node = common_node_size(scenario.cluster);
  const bool spans_nodes = plan.context_parallel() > node;
  if (plan.transport == Transport::ring && method.starts_with("burst")) {
    if (spans_nodes && !plan.double_ring()) result.flags.push_back("--ablation double");
    if (plan.double_ring() && plan.inner_ring != node)
      cannot.push_back(
          fmt::format("The inner ring is the GPUs of a node, {}. Nearest: inner_ring = {}, or start fewer "
                      "processes per node.",
                      node, node));
  }
  if (method == "ring" && spans_nodes && !plan.double_ring())
    cannot.push_back("--sp ring always takes a double ring over nodes. Nearest: that.");
  if (plan.grad_dtype == GradDtype::fp32)
    cannot.push_back("Gradients travel in the dtype of Q. Nearest: that, grad_dtype = \"bf16\".");
  if (scenario.model.kv_heads < scenario.model.heads)
    cannot.push_back(
        fmt::format("K and V heads are repeated to {} before the ring, so grouped-query attention saves no "
                    "traffic. Nearest: that; "
                    "price it with kv_heads = {}.",
                    scenario.model.heads, scenario.model.heads));
}

}  // namespace

FrameworkExport export_burst_engine(const Scenario& scenario, const Plan& plan) {
  FrameworkExport result;
  result.source = "BurstEngine 426eb7a (2025-09-25) with Burst-Attention b088c55 (2024-08-22)";
  if (plan.transport == Transport::all_gather) {
    result.not_expressible.push_back(
        "BurstEngine has no all-gather of K and V. Nearest: Megatron-Core with --cp-comm-type all_gather.");
    return result;
  }
  auto& cannot = result.not_expressible;
  result.launcher = torchrun(scenario, plan, "pretrain_llama_hug_tokenizer.py");
  const auto add = [&](std::string flag) { result.flags.push_back(std::move(flag)); };
  const bool tensor_only = !splits_context(plan);
  const std::string method = tensor_only ? "none" : method_of(scenario, plan, result);
  add(fmt::format("--tp {}", tensor_only ? plan.tensor : plan.context_parallel()));
  add("--sp " + method);
  if (tensor_only && plan.tensor > 1) add("--tp-sp");
  if (!tensor_only && plan.tensor > 1)
    cannot.push_back("Tensor and context parallelism share the one group --tp. Nearest: tensor = 1.");
  add("--flash cuda");
  add(fmt::format("--max-length {} --batch-size {}", scenario.workload.sequence,
                  scenario.workload.batch / scenario.workload.micro_batches()));
  if (scenario.workload.micro_batches() > 1)
    cannot.push_back(
        "Gradient accumulation: the script reads --grad-accum and does not use it. Nearest: one micro-batch "
        "a step.");
  if (scenario.workload.dtype == Dtype::bf16) add("--bf16");
  if (scenario.workload.dtype == Dtype::fp32)
    cannot.push_back("Only 16-bit activations are supported. Nearest: --bf16.");
  if (plan.checkpoint != Checkpoint::none) add("--ckpt");
  if (!tensor_only) add("--spzero");
  if (plan.zero != 3)
    cannot.push_back(
        fmt::format("BMTrain shards parameters, gradients and optimizer over all ranks. Nearest: zero = 3 "
                    "instead of {}.",
                    plan.zero));
  if (plan.offload == Offload::optimizer) add("--offload");
  if (!tensor_only) ring_limits(scenario, plan, method, result);
  if (!method.starts_with("burst") && plan.fused_loss == FusedLoss::yes)
    cannot.push_back(
        "The fused loss is switched on by the name of a burst method. Nearest: backward = \"q\".");
  const bool half_checkpoint =
      plan.checkpoint == Checkpoint::attention_output || plan.checkpoint == Checkpoint::half_attention_output;
  if (!method.starts_with("burst") && half_checkpoint)
    cannot.push_back(
        "Only burst methods keep attention outputs at checkpoints. Nearest: --ckpt, full recomputation.");
  if (method.starts_with("burst") && plan.ring > 1)
    result.notes.push_back("The query-side backward pass needs its fork of FlashAttention (branch opt_bwd).");
  add("--model-config config/MODEL/config.json --tokenizer-path TOKENIZER --dataset DATASET");
  result.notes.push_back(
      fmt::format("config.json: num_layers {}, dim_model {}, dim_ff {}, num_heads {}, num_kv_heads {}, "
                  "dim_head {}, vocab_size {}.",
                  scenario.model.layers, scenario.model.hidden, scenario.model.ffn, scenario.model.heads,
                  scenario.model.kv_heads, scenario.model.head_dim, scenario.model.vocab));
  result.notes.push_back("--tp is the number of context-parallel ranks when --sp names a method.");
  return result;
}

}  // namespace costmodel
