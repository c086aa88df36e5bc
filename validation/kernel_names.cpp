#include "validation/kernel_names.h"

#include <algorithm>
#include <array>

namespace validation {

namespace {

struct NamePart {
  std::string_view part;  // of the name, in lower case
  KernelClass what;
};

using enum KernelKind;
constexpr KernelRole main_role = KernelRole::main, helper = KernelRole::helper;

// The first part that a name contains decides; so the special stands before the general.
constexpr std::array parts{
    // NCCL 2.19 and later: ncclDevKernel_SendRecv, ncclDevKernel_AllGather_RING_LL; before: ncclKernel_...
    NamePart{"ncclsymdevkernel", {collective, main_role}},
    NamePart{"kernel_sendrecv", {exchange, main_role}},
    NamePart{"ncclkernel", {collective, main_role}},
    NamePart{"nccldevkernel", {collective, main_role}},
    // Copies, by PyTorch ("Memcpy HtoD (Pinned -> Device)") and Nsight ("[CUDA memcpy Host-to-Device]").
    NamePart{"memcpy htod", {host, main_role}},
    NamePart{"memcpy dtoh", {host, main_role}},
    NamePart{"memcpy host-to-device", {host, main_role}},
    NamePart{"memcpy device-to-host", {host, main_role}},
    NamePart{"memcpy ptop", {exchange, main_role}},
    NamePart{"memcpy peer-to-peer", {exchange, main_role}},
    NamePart{"memcpy", {elementwise, main_role}},
    NamePart{"memset", {elementwise, main_role}},
    // FlashAttention 2: flash_fwd_kernel, flash_bwd_dq_dk_dv_loop_seqk_parallel_kernel and helpers.
    NamePart{"flash_fwd_splitkv_combine", {attention_forward, helper}},
    NamePart{"flash_bwd_dot_do_o", {elementwise, main_role}},  // delta
    NamePart{"flash_bwd_convert", {attention_backward, helper}},
    NamePart{"flash_bwd_clear", {attention_backward, helper}},
    NamePart{"flash_fwd", {attention_forward, main_role}},
    NamePart{"flash_bwd", {attention_backward, main_role}},
    // FlashAttention 3 and 4: classes inside cutlass::device_kernel<...>.
    NamePart{"flashattnfwdcombine", {attention_forward, helper}},
    NamePart{"flashattnbwdpreprocess", {elementwise, main_role}},  // delta
    NamePart{"flashattnbwdpostprocess", {attention_backward, helper}},
    NamePart{"flashprepareattn", {attention_forward, helper}},
    NamePart{"prepare_varlen_num_blocks", {attention_forward, helper}},
    NamePart{"flashattnfwd", {attention_forward, main_role}},
    NamePart{"flashattnbwd", {attention_backward, main_role}},
    NamePart{"flashattentionforward", {attention_forward, main_role}},
    NamePart{"flashattentionbackwardpreprocess", {elementwise, main_role}},
    NamePart{"flashattentionbackwardpostprocess", {attention_backward, helper}},
    NamePart{"flashattentionbackward", {attention_backward, main_role}},
    // cuDNN, also through TransformerEngine.
    NamePart{"_flash_fprop", {attention_forward, main_role}},
    NamePart{"_flash_bprop", {attention_backward, main_role}},
    NamePart{"sdpa_fprop", {attention_forward, main_role}},
    NamePart{"sdpa_bprop", {attention_backward, main_role}},
    NamePart{"compute_dot_do_o", {elementwise, main_role}},
    NamePart{"convert_dq_to_16bits", {attention_backward, helper}},
    // PyTorch's memory-efficient kernels, TransformerEngine's early ones, Triton's.
    NamePart{"fmha_cutlassf", {attention_forward, main_role}},
    NamePart{"fmha_cutlassb", {attention_backward, main_role}},
    NamePart{"fmha_v2_flash_attention", {attention_forward, main_role}},
    NamePart{"fmha_dgrad", {attention_backward, main_role}},
    NamePart{"fmha_fprop", {attention_forward, main_role}},
    NamePart{"_attn_fwd", {attention_forward, main_role}},
    NamePart{"_attn_bwd_preprocess", {elementwise, main_role}},
    NamePart{"_attn_bwd", {attention_backward, main_role}},
    // Matrix products.
    NamePart{"splitkreduce", {gemm, helper}},
    NamePart{"gemm", {gemm, main_role}},
    NamePart{"gemv", {gemm, main_role}},
    NamePart{"nvjet_", {gemm, main_role}},
    NamePart{"cijk_", {gemm, main_role}},
    NamePart{"xmma_", {gemm, main_role}},
    NamePart{"cutlass::kernel", {gemm, main_role}},
    // Passes over memory: merges of partial outputs are among them.
    NamePart{"elementwise", {elementwise, main_role}},
    NamePart{"triton_", {elementwise, main_role}},
    NamePart{"multi_tensor_apply", {elementwise, main_role}},
    NamePart{"reduce_kernel", {elementwise, main_role}},
    NamePart{"catarraybatchedcopy", {elementwise, main_role}},
    NamePart{"layer_norm", {elementwise, main_role}},
    NamePart{"layernorm", {elementwise, main_role}},
    NamePart{"rmsnorm", {elementwise, main_role}},
    NamePart{"rms_norm", {elementwise, main_role}},
    NamePart{"ln_fwd", {elementwise, main_role}},
    NamePart{"ln_bwd", {elementwise, main_role}},
    NamePart{"softmax", {elementwise, main_role}},
    NamePart{"rotary", {elementwise, main_role}},
    NamePart{"rope", {elementwise, main_role}},
    NamePart{"swiglu", {elementwise, main_role}},
    NamePart{"silu", {elementwise, main_role}},
    NamePart{"gelu", {elementwise, main_role}},
    NamePart{"lse_correction", {elementwise, main_role}},
    NamePart{"out_correction", {elementwise, main_role}},
    NamePart{"grad_correction", {elementwise, main_role}},
    NamePart{"thd_", {elementwise, main_role}},
    NamePart{"cross_entropy", {elementwise, main_role}},
    NamePart{"embedding", {elementwise, main_role}},
    NamePart{"indexselect", {elementwise, main_role}},
    NamePart{"index_", {elementwise, main_role}},
    NamePart{"fill", {elementwise, main_role}},
    NamePart{"cast_transpose", {elementwise, main_role}},
    NamePart{"transpose", {elementwise, main_role}},
};

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

bool names_collective(std::string_view collective) {
  const std::string text = lower(collective);
  for (const std::string_view part : {"all_to_all", "alltoall", "allgather", "all_gather", "reduce_scatter",
                                      "allreduce", "all_reduce", "broadcast"})
    if (text.find(part) != std::string::npos) return true;
  return false;
}

// Where the bracket that closes at `at` was opened; npos when it never was.
std::size_t opening(std::string_view text, std::size_t at, char open, char close) {
  int depth = 0;
  for (std::size_t i = at + 1; i-- > 0;) {
    depth += text[i] == close ? 1 : text[i] == open ? -1 : 0;
    if (depth == 0) return i;
  }
  return std::string_view::npos;
}

// PyTorch's elementwise kernels differ in what they apply alone: "CUDAFunctor_add".
std::string functor_of(std::string_view name) {
  constexpr std::string_view space = "at::native::";
  for (std::size_t at = name.find(space); at != std::string_view::npos; at = name.find(space, at + 1)) {
    const std::string_view rest = name.substr(at + space.size());
    const std::string_view word = rest.substr(0, std::min(rest.find_first_of("<>(, "), std::size_t{40}));
    if (!word.empty() && word.find("elementwise") == std::string_view::npos &&
        !word.starts_with("gpu_kernel"))
      return std::string(word);
  }
  return {};
}

}  // namespace

std::string_view name_of(KernelKind kind) {
  constexpr std::array<std::string_view, kernel_kind_count> names{
      "attention forward", "attention backward", "matrix products", "elementwise",
      "exchange",          "collective",         "host copies",     "unknown kernels"};
  return names.at(static_cast<std::size_t>(kind));
}

KernelClass kernel_class(std::string_view name, std::string_view collective_name) {
  const std::string text = lower(name);
  for (const NamePart& entry : parts) {
    if (text.find(entry.part) == std::string::npos) continue;
    if (entry.what.kind == exchange && names_collective(collective_name)) return {collective, main_role};
    return entry.what;
  }
  return {};
}

std::string short_kernel_name(std::string_view name) {
  constexpr std::size_t longest = 60;
  const std::string_view whole = name;
  // The class inside of CUTLASS's one kernel says more than that kernel's name.
  for (const std::string_view wrapped : {"FlashAttnFwd", "FlashAttnBwd", "FlashAttention"})
    if (const std::size_t at = name.find(wrapped); at != std::string_view::npos) {
      const std::string_view rest = name.substr(at);
      return std::string(rest.substr(0, std::min(rest.find_first_of("<(,> "), longest)));
    }
  if (name.starts_with('[') || name.starts_with("Mem")) return std::string(name.substr(0, longest));
  while (name.ends_with(')') || name.ends_with('>')) {
    const bool round = name.ends_with(')');
    const std::size_t at = opening(name, name.size() - 1, round ? '(' : '<', round ? ')' : '>');
    if (at == std::string_view::npos || at == 0) break;
    name = name.substr(0, at);
    while (name.ends_with(' ')) name.remove_suffix(1);
  }
  if (const std::size_t at = name.find_last_of(": "); at != std::string_view::npos && at + 1 < name.size())
    name.remove_prefix(at + 1);
  const std::string operation = name.ends_with("elementwise_kernel") ? functor_of(whole) : std::string();
  return std::string(name.substr(0, longest)) + (operation.empty() ? "" : " (" + operation + ")");
}

}  // namespace validation
