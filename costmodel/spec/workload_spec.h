// What is computed: how many tokens, under which mask, in which phase.
#pragma once

#include <cstdint>

namespace costmodel {

enum class WorkPhase { forward, backward, forward_backward, prefill, training_step };
enum class MaskKind { causal, full, sliding };
enum class Dtype { bf16, fp16, fp32 };

// sliding is causal with a window: query i sees keys i - window < j <= i.
struct Mask {
  MaskKind kind = MaskKind::causal;
  std::int64_t window = 0;  // tokens; only for sliding

  friend bool operator==(const Mask&, const Mask&) = default;
};

struct WorkloadSpec {
  WorkPhase phase = WorkPhase::forward_backward;
  std::int64_t sequence = 0;  // N: tokens of one sequence over one context-parallel group
  std::int64_t batch = 1;     // B: sequences per context-parallel group
  Mask mask;
  Dtype dtype = Dtype::bf16;
};

// e: bytes of one activation element.
constexpr std::int64_t bytes_per_element(Dtype dtype) { return dtype == Dtype::fp32 ? 4 : 2; }

}  // namespace costmodel
