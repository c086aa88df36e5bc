// USP: the package yunchang, Ulysses all-to-all x ring attention.
//
// Source: feifeibear/long-context-attention 0.6.4, commit 56118e0 of 2026-05-21 (yunchang/globals.py,
// hybrid/attn_layer.py, hybrid/utils.py, comm/extract_local.py, ring/*.py).
#include <fmt/format.h>

#include "costmodel/formats/export_parts.h"

namespace costmodel {

namespace {

// The key of RING_IMPL_DICT and EXTRACT_FUNC_DICT.
std::string ring_implementation(const Scenario& scenario, const Plan& plan, FrameworkExport& result) {
  if (plan.ring == 1 || plan.layout == Layout::contiguous) return "basic";
  if (scenario.workload.mask.kind == MaskKind::full) {
    result.not_expressible.push_back(
        "The zigzag and striped rings are for causal masks only. Nearest, below: the basic ring; without a "
        "causal mask "
        "its work is balanced.");
    return "basic";
  }
  return plan.layout == Layout::zigzag ? "zigzag" : "strip";
}

void limits(const Scenario& scenario, const Plan& plan, FrameworkExport& result) {
  auto& cannot = result.not_expressible;
  if (scenario.workload.mask.kind == MaskKind::sliding && plan.ring > 1)
    cannot.push_back(
        "The rings pass over every block whatever window_size says. Nearest: Ulysses alone (ring degree 1), "
        "where "
        "FlashAttention takes the window.");
  if (plan.tensor > 1)
    cannot.push_back(
        "set_seq_parallel_pg makes groups of consecutive ranks and knows no tensor parallelism. Nearest: set "
        "PROCESS_GROUP.ULYSSES_PG and RING_PG to groups of your own.");
  if (plan.ring < 2) return;
  if (plan.backward == BackwardSide::q)
    cannot.push_back(
        "There is no backward pass that circulates Q, dO and dQ (burst). Nearest: K, V, dK and dV circulate; "
        "price it "
        "with backward = \"kv\".");
  if (plan.double_ring())
    cannot.push_back(
        fmt::format("There is no double ring: the ring of {} is flat. Nearest: Ulysses inside the node, "
                    "set_seq_parallel_pg({}, {}, rank, world_size), where heads allow it.",
                    plan.ring, plan.ulysses * plan.inner_ring, plan.outer_ring()));
  if (plan.grad_dtype == GradDtype::bf16)
    cannot.push_back("dK and dV travel in fp32. Nearest: that; price it with grad_dtype = \"fp32\".");
}

}  // namespace

FrameworkExport export_usp(const Scenario& scenario, const Plan& plan) {
  FrameworkExport result;
  result.source = "yunchang 0.6.4 (long-context-attention 56118e0, 2026-05-21)";
  if (plan.transport == Transport::all_gather || plan.transport == Transport::tensor ||
      plan.transport == Transport::none) {
    result.not_expressible.push_back(plan.transport == Transport::all_gather
                                         ? "USP has no all-gather of K and V. Nearest: "
                                           "ring-flash-attention's llama3_flash_attn_varlen_func."
                                         : "This plan does not split the context, so there is nothing for "
                                           "USP to do. Nearest: FlashAttention as it is.");
    return result;
  }
  const std::string implementation = ring_implementation(scenario, plan, result);
  limits(scenario, plan, result);
  const bool causal = scenario.workload.mask.kind != MaskKind::full;
  const bool window = scenario.workload.mask.kind == MaskKind::sliding && plan.ring == 1;
  result.code = {
      "# " + torchrun(scenario, plan, "train.py"),
      "from yunchang import EXTRACT_FUNC_DICT, LongContextAttention, set_seq_parallel_pg",
      "from yunchang.kernels import AttnType",
      "",
      fmt::format("set_seq_parallel_pg({}, {}, rank, world_size, use_ulysses_low=True)", plan.ulysses,
                  plan.ring),
      fmt::format("attention = LongContextAttention(ring_impl_type=\"{}\", attn_type=AttnType.FA)",
                  implementation),
      fmt::format("local = EXTRACT_FUNC_DICT[\"{}\"](", implementation),
      fmt::format("    tokens, rank % {0}, world_size={0}, rd={1}, ud={2})", plan.context_parallel(),
                  plan.ring, plan.ulysses),
      fmt::format("out = attention(q, k, v, causal={}{})", causal ? "True" : "False",
                  window ? fmt::format(", window_size=({}, 0)", scenario.workload.mask.window - 1) : ""),
  };
  result.notes.push_back(
      fmt::format("set_seq_parallel_pg({}, {}, ...) is (ulysses degree, ring degree); "
                  "use_ulysses_low puts Ulysses on neighbouring ranks, inside the node.",
                  plan.ulysses, plan.ring));
  result.notes.push_back(
      "Rotary positions must follow the layout: take them from the same EXTRACT_FUNC_DICT.");
  note_axes_outside_attention(plan, "USP", result);
  return result;
}

}  // namespace costmodel
