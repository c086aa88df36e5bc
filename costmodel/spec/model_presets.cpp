#include "costmodel/spec/model_presets.h"

namespace costmodel {

namespace {

constexpr FeedForward plain = FeedForward::plain;
constexpr FeedForward gated = FeedForward::gated;
constexpr Embeddings tied = Embeddings::tied;
constexpr Embeddings separate = Embeddings::separate;

struct Row {
  const char* name;
  int layers, hidden, heads, kv_heads, head_dim, ffn;
  FeedForward feed_forward;
  int vocab;
  Embeddings embeddings;
  int experts, active_experts, expert_ffn;
  const char* source;
};

// clang-format off
constexpr Row rows[] = {
  // name             layers hidden heads kv  d    ffn    kind   vocab   embeddings experts
  {"llama-7b",          32,  4096,  32,  32, 128, 11008, gated,  32000, separate, 0, 0, 0, "LLaMA paper, table 2; published config.json"},
  {"llama-13b",         40,  5120,  40,  40, 128, 13824, gated,  32000, separate, 0, 0, 0, "LLaMA paper, table 2; published config.json"},
  {"llama-30b",         60,  6656,  52,  52, 128, 17920, gated,  32000, separate, 0, 0, 0, "LLaMA paper, table 2; published config.json"},
  {"llama-65b",         80,  8192,  64,  64, 128, 22016, gated,  32000, separate, 0, 0, 0, "LLaMA paper, table 2; published config.json"},
  {"llama-2-70b",       80,  8192,  64,   8, 128, 28672, gated,  32000, separate, 0, 0, 0, "published config.json"},
  {"llama-3-8b",        32,  4096,  32,   8, 128, 14336, gated, 128256, separate, 0, 0, 0, "Llama 3 paper, table 3; published config.json"},
  {"llama-3-70b",       80,  8192,  64,   8, 128, 28672, gated, 128256, separate, 0, 0, 0, "Llama 3 paper, table 3; published config.json"},
  {"llama-3.1-405b",   126, 16384, 128,   8, 128, 53248, gated, 128256, separate, 0, 0, 0, "Llama 3 paper, table 3; published config.json"},
  {"llama-3.2-1b",      16,  2048,  32,   8,  64,  8192, gated, 128256, tied,     0, 0, 0, "published config.json"},
  {"mistral-7b",        32,  4096,  32,   8, 128, 14336, gated,  32000, separate, 0, 0, 0, "Mistral 7B paper, table 1"},
  {"mixtral-8x7b",      32,  4096,  32,   8, 128,     0, gated,  32000, separate, 8, 2, 14336, "Mixtral paper, table 1"},
  {"qwen-14b",          40,  5120,  40,  40, 128, 13696, gated, 152064, separate, 0, 0, 0, "published config.json; each gated matrix is half of its intermediate_size"},
  {"qwen2.5-7b",        28,  3584,  28,   4, 128, 18944, gated, 152064, separate, 0, 0, 0, "published config.json"},
  {"qwen3-8b",          36,  4096,  32,   8, 128, 12288, gated, 151936, separate, 0, 0, 0, "published config.json"},
  {"qwen3-32b",         64,  5120,  64,   8, 128, 25600, gated, 151936, separate, 0, 0, 0, "published config.json"},
  {"qwen3-30b-a3b",     48,  2048,  32,   4, 128,     0, gated, 151936, separate, 128, 8, 768, "published config.json"},
  {"gpt-2-xl",          48,  1600,  25,  25,  64,  6400, plain,  50257, tied,     0, 0, 0, "GPT-2 paper, table 2; published config.json"},
  {"gpt-3-175b",        96, 12288,  96,  96, 128, 49152, plain,  50257, tied,     0, 0, 0, "GPT-3 paper, table 2.1"},
  {"burstengine-14b",   40,  5120,  40,  40, 128, 13824, gated, 120000, separate, 0, 0, 0, "BurstEngine repository, plot_code/burst_attn/get_tflops.py"},
};
// clang-format on

std::vector<ModelSpec> built() {
  std::vector<ModelSpec> models;
  for (const Row& row : rows) {
    ModelSpec model;
    model.name = row.name;
    model.layers = row.layers;
    model.hidden = row.hidden;
    model.heads = row.heads;
    model.kv_heads = row.kv_heads;
    model.head_dim = row.head_dim;
    model.ffn = row.ffn;
    model.feed_forward = row.feed_forward;
    model.vocab = row.vocab;
    model.embeddings = row.embeddings;
    model.experts = row.experts;
    model.active_experts = row.active_experts;
    model.expert_ffn = row.expert_ffn;
    model.source = row.source;
    models.push_back(model);
  }
  return models;
}

}  // namespace

const std::vector<ModelSpec>& model_presets() {
  static const std::vector<ModelSpec> models = built();
  return models;
}

const ModelSpec* find_model_preset(std::string_view name) {
  for (const ModelSpec& model : model_presets())
    if (model.name == name) return &model;
  return nullptr;
}

std::vector<std::string> model_preset_names() {
  std::vector<std::string> names;
  for (const ModelSpec& model : model_presets()) names.push_back(model.name);
  return names;
}

}  // namespace costmodel
