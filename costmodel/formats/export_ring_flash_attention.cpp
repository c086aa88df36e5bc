// ring-flash-attention: ring attention functions on top of FlashAttention.
//
// Source: zhuzilin/ring-flash-attention 0.1, commit 8996282 of 2025-08-04 (ring_flash_attn/*.py, README.md,
// test/).
#include <fmt/format.h>

#include "costmodel/formats/export_parts.h"

namespace costmodel {

namespace {

struct Function {
  std::string name;
  std::vector<std::string> split;  // Python that takes this rank's tokens from all of them
};

Function function_of(Layout layout) {
  switch (layout) {
    case Layout::contiguous: return {"ring_flash_attn_func", {"local = tokens.chunk(ring, dim=1)[rank]"}};
    case Layout::zigzag:
      return {"zigzag_ring_flash_attn_func",
              {"chunks = tokens.chunk(2 * ring, dim=1)",
               "local = torch.cat([chunks[rank], chunks[2 * ring - 1 - rank]], dim=1)"}};
    case Layout::striped: return {"stripe_flash_attn_func", {"local = tokens[:, rank::ring]"}};
  }
  return {};
}

void ring_code(const Scenario& scenario, const Plan& plan, FrameworkExport& result) {
  const MaskKind mask = scenario.workload.mask.kind;
  Layout layout = plan.layout;
  auto& cannot = result.not_expressible;
  if (mask == MaskKind::full && layout != Layout::contiguous) {
    cannot.push_back(
        "The zigzag and striped functions refuse causal=False. Nearest, below: ring_flash_attn_func; without "
        "a causal "
        "mask its work is balanced.");
    layout = Layout::contiguous;
  }
  if (mask == MaskKind::sliding)
    cannot.push_back(
        "window_size is not supported by any of the functions. Nearest, below: the causal mask without a "
        "window.");
  if (plan.backward == BackwardSide::q)
    cannot.push_back(
        "There is no backward pass that circulates Q, dO and dQ (burst). Nearest: K, V, dK and dV circulate; "
        "price it "
        "with backward = \"kv\".");
  if (plan.double_ring())
    cannot.push_back(fmt::format("There is no double ring. Nearest: the flat ring of {}.", plan.ring));
  if (plan.grad_dtype == GradDtype::bf16)
    cannot.push_back("dK and dV travel in fp32. Nearest: that; price it with grad_dtype = \"fp32\".");
  const Function function = function_of(layout);
  result.code.push_back("import torch");
  result.code.push_back("from ring_flash_attn import " + function.name);
  result.code.push_back("");
  result.code.push_back(fmt::format("ring = {}  # rank: in the group", plan.ring));
  for (const std::string& line : function.split) result.code.push_back(line);
  result.code.push_back(fmt::format("out = {}(q, k, v, causal={}, group=group)", function.name,
                                    mask == MaskKind::full ? "False" : "True"));
  result.notes.push_back(
      "Rotary positions must follow the layout: split the position ids as the tokens are split.");
  result.notes.push_back(
      "Each step returns a bf16 block and separate kernels merge it: a calibration with separate merge "
      "prices that.");
}

void all_gather_code(const Scenario& scenario, const Plan& plan, FrameworkExport& result) {
  if (plan.layout != Layout::contiguous)
    result.not_expressible.push_back(
        "llama3_flash_attn_varlen_func takes contiguous tokens only. Nearest, below: contiguous, whose "
        "causal work is "
        "unbalanced.");
  if (scenario.workload.mask.kind == MaskKind::sliding)
    result.not_expressible.push_back(
        "The window is not supported. Nearest, below: the causal mask without a window.");
  const char* causal = scenario.workload.mask.kind == MaskKind::full ? "False" : "True";
  result.code = {
      "from ring_flash_attn import llama3_flash_attn_prepare_cu_seqlens, llama3_flash_attn_varlen_func",
      "",
      fmt::format("q_lens, k_lens, max_q, max_k, k_slice = llama3_flash_attn_prepare_cu_seqlens(cu_seqlens, "
                  "causal={}, "
                  "rank=rank, world_size={})",
                  causal, plan.ring),
      "out = llama3_flash_attn_varlen_func(q, k, v, q_lens, k_lens, max_q, max_k,",
      fmt::format("    heads_k_stride={}, local_k_slice=k_slice, causal={}, group=group)",
                  scenario.model.kv_heads / plan.tensor, causal),
  };
  result.notes.push_back(
      "heads_k_stride is how many kv heads are gathered at once; 1 needs the least memory.");
}

}  // namespace

FrameworkExport export_ring_flash_attention(const Scenario& scenario, const Plan& plan) {
  FrameworkExport result;
  result.source = "ring-flash-attention 0.1 (8996282, 2025-08-04)";
  switch (plan.transport) {
    case Transport::ring: ring_code(scenario, plan, result); break;
    case Transport::all_gather: all_gather_code(scenario, plan, result); break;
    case Transport::all_to_all:
    case Transport::hybrid:
      result.not_expressible.push_back(
          "The library has no all-to-all of heads (Ulysses). Nearest: USP, which adds it to these rings.");
      return result;
    case Transport::none:
    case Transport::tensor:
      result.not_expressible.push_back(
          "This plan does not split the context, so there is no ring to run. Nearest: FlashAttention as it "
          "is.");
      return result;
  }
  result.code.insert(result.code.begin(), "# " + torchrun(scenario, plan, "train.py"));
  if (plan.tensor > 1 || plan.data > 1)
    result.notes.push_back(
        fmt::format("group is the process group of the {} ranks that share a sequence.", plan.ring));
  note_axes_outside_attention(plan, "ring-flash-attention", result);
  return result;
}

}  // namespace costmodel
