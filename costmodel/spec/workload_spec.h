// What is computed: how many tokens, under which mask, in which phase.
#pragma once

#include <cstdint>
#include <vector>

namespace costmodel {

enum class WorkPhase { forward, backward, forward_backward, prefill, training_step };
enum class MaskKind { causal, full, sliding, documents };
enum class Dtype { bf16, fp16, fp32 };
// Which matrix products take fp8 operands: none, those of the feed-forward layers, or those of all linear
// layers (attention itself, embedding and LM head stay in the activation type).
enum class Fp8 { none, feed_forward, linear };
// Of which tokens a prefill computes the logits: of the last one, to go on generating, or of all, to score a
// text (then every GPU ends with those of the whole sequence).
enum class Logits { last, all };

// Whole passes over the model, embedding to LM head; the other phases are the attention operator of one
// layer.
constexpr bool is_whole_model(WorkPhase phase) {
  return phase == WorkPhase::prefill || phase == WorkPhase::training_step;
}
constexpr bool has_backward(WorkPhase phase) {
  return phase != WorkPhase::forward && phase != WorkPhase::prefill;
}

// sliding is causal with a window: query i sees keys i - window < j <= i.  documents is causal inside each of
// several texts that are packed into one sequence.
struct Mask {
  MaskKind kind = MaskKind::causal;
  std::int64_t window = 0;                   // tokens; only for sliding
  std::vector<std::int64_t> documents = {};  // tokens of each; only for documents

  friend bool operator==(const Mask&, const Mask&) = default;
};

struct WorkloadSpec {
  WorkPhase phase = WorkPhase::forward_backward;
  std::int64_t sequence = 0;      // N: tokens of one sequence over one context-parallel group
  std::int64_t batch = 1;         // B: sequences per context-parallel group, accumulated ones included
  std::int64_t accumulation = 1;  // training step: micro-batches of batch / accumulation sequences
  std::int64_t cached = 0;        // prefill: tokens before these whose K and V are in the cache already
  Logits logits = Logits::last;   // prefill
  Mask mask;
  Dtype dtype = Dtype::bf16;
  Fp8 fp8 = Fp8::none;

  // What the present phase makes of the numbers that are for one phase only.
  std::int64_t micro_batches() const { return phase == WorkPhase::training_step ? accumulation : 1; }
  std::int64_t cached_tokens() const { return phase == WorkPhase::prefill ? cached : 0; }
};

// e: bytes of one activation element.
constexpr std::int64_t bytes_per_element(Dtype dtype) { return dtype == Dtype::fp32 ? 4 : 2; }

}  // namespace costmodel
