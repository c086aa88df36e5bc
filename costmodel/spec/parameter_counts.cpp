#include "costmodel/spec/parameter_counts.h"

namespace costmodel {

namespace {

// Matrices of one feed-forward block: gate, up and down, or two.
std::int64_t matrices(const ModelSpec& model) { return model.feed_forward == FeedForward::gated ? 3 : 2; }

}  // namespace

ParameterCounts parameter_counts(const ModelSpec& model) {
  ParameterCounts counts;
  counts.attention = model.hidden * (2 * model.query_width() + 2 * model.kv_width());
  if (model.experts > 0) {
    counts.feed_forward = model.experts * matrices(model) * model.hidden * model.expert_ffn;
    counts.router = model.hidden * model.experts;
  } else {
    counts.feed_forward = matrices(model) * model.hidden * model.ffn;
  }
  counts.norms = 2 * model.hidden;
  counts.layers = model.layers;
  counts.embedding = model.vocab * model.hidden;
  counts.head = model.embeddings == Embeddings::tied ? 0 : model.vocab * model.hidden;
  counts.final_norm = model.hidden;
  return counts;
}

std::int64_t active_parameters(const ModelSpec& model) {
  const ParameterCounts counts = parameter_counts(model);
  if (model.experts == 0) return counts.total();
  const std::int64_t idle = model.experts - model.active_experts;
  return counts.total() - counts.layers * idle * matrices(model) * model.hidden * model.expert_ffn;
}

}  // namespace costmodel
