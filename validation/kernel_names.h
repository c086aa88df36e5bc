// Which kind of operation a GPU kernel belongs to, by its name alone.
//
// Knows the kernels of FlashAttention 2 and 3, cuDNN, PyTorch's memory-efficient attention,
// TransformerEngine, NCCL, cuBLAS and CUTLASS, PyTorch and Triton.  What it does not know it says it does not
// know.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace validation {

enum class KernelKind : std::uint8_t {
  attention_forward,
  attention_backward,
  gemm,
  elementwise,
  exchange,    // NCCL send and receive
  collective,  // other NCCL kernels
  host,        // copies between GPU and host
  unknown,
};
constexpr int kernel_kind_count = 8;
std::string_view name_of(KernelKind kind);
constexpr bool is_message(KernelKind kind) {
  return kind == KernelKind::exchange || kind == KernelKind::collective;
}
constexpr bool is_compute(KernelKind kind) {
  return kind != KernelKind::host && kind != KernelKind::unknown && !is_message(kind);
}

// A helper's time belongs to its kind, but it is no call of its own: FlashAttention's conversion of dQ.
enum class KernelRole : std::uint8_t { main, helper };

struct KernelClass {
  KernelKind kind = KernelKind::unknown;
  KernelRole role = KernelRole::main;

  friend bool operator==(const KernelClass&, const KernelClass&) = default;
};

// `collective` is what the framework called the message, where it says so: an all-to-all runs as sends and
// receives.
KernelClass kernel_class(std::string_view name, std::string_view collective = {});

// "void flash::flash_bwd_convert_dq_kernel<...>(...)" -> "flash_bwd_convert_dq_kernel".
std::string short_kernel_name(std::string_view name);

}  // namespace validation
