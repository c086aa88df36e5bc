// The shape of a transformer: what decides attention work, traffic and memory.  No weights, no tokens.
#pragma once

#include <cstdint>
#include <string>

namespace costmodel {

enum class FeedForward { plain, gated };   // two matrices (GELU) or three (SwiGLU)
enum class Embeddings { separate, tied };  // whether the LM head shares the embedding matrix

// Symbols as in docs/model.md: h = heads, k = kv_heads, d = head_dim, H = h d, K = k d.
struct ModelSpec {
  std::string name;
  std::int64_t layers = 0;
  std::int64_t hidden = 0;    // width of the residual stream; need not equal heads x head_dim (Qwen3)
  std::int64_t heads = 0;     // query heads, h
  std::int64_t kv_heads = 0;  // key/value heads, k; k < h is grouped-query attention
  std::int64_t head_dim = 0;  // d
  std::int64_t ffn = 0;  // feed-forward width of a dense layer; 0 when every layer is a mixture of experts
  FeedForward feed_forward = FeedForward::gated;
  std::int64_t vocab = 0;
  Embeddings embeddings = Embeddings::separate;
  std::int64_t experts = 0;         // 0: dense
  std::int64_t active_experts = 0;  // experts per token
  std::int64_t expert_ffn = 0;      // feed-forward width of one expert
  std::string source;               // where the shape was read

  std::int64_t query_width() const { return heads * head_dim; }  // H, elements per token
  std::int64_t kv_width() const { return kv_heads * head_dim; }  // K, elements per token
};

}  // namespace costmodel
