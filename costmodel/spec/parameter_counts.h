// How many parameters a model has, by where they sit.  Formula 1.5 of docs/model.md.
#pragma once

#include <cstdint>

#include "costmodel/spec/model_spec.h"

namespace costmodel {

struct ParameterCounts {
  // Of one layer.
  std::int64_t attention = 0;     // Q, K, V and output projections
  std::int64_t feed_forward = 0;  // all experts, where there are any
  std::int64_t router = 0;
  std::int64_t norms = 0;  // two of them
  // Of the model.
  std::int64_t layers = 0;
  std::int64_t embedding = 0;
  std::int64_t head = 0;  // 0 when it shares the embedding matrix
  std::int64_t final_norm = 0;

  std::int64_t layer() const { return attention + feed_forward + router + norms; }
  std::int64_t total() const { return layers * layer() + embedding + head + final_norm; }
};

ParameterCounts parameter_counts(const ModelSpec& model);

// Those that one token passes through: of the experts only the active ones.  N in "6 N D".
std::int64_t active_parameters(const ModelSpec& model);

}  // namespace costmodel
