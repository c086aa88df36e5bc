#include "costmodel/spec/hugging_face_config.h"

#include "costmodel/spec/model_presets.h"
#include "tests/catch.h"

using namespace costmodel;

namespace {

ModelSpec parsed(const std::string& json) { return parse_hugging_face_config(json, "config.json"); }

// The shape of `model` is that of a preset.
void check_shape(const ModelSpec& model, const char* preset) {
  INFO(preset);
  const ModelSpec* known = find_model_preset(preset);
  REQUIRE(known != nullptr);
  CHECK(model.layers == known->layers);
  CHECK(model.hidden == known->hidden);
  CHECK(model.heads == known->heads);
  CHECK(model.kv_heads == known->kv_heads);
  CHECK(model.head_dim == known->head_dim);
  CHECK(model.ffn == known->ffn);
  CHECK(model.feed_forward == known->feed_forward);
  CHECK(model.vocab == known->vocab);
  CHECK(model.embeddings == known->embeddings);
  CHECK(model.experts == known->experts);
  CHECK(model.active_experts == known->active_experts);
  CHECK(model.expert_ffn == known->expert_ffn);
}

}  // namespace

TEST_CASE("LLaMA without key heads is multi-head") {
  check_shape(parsed(R"({"model_type": "llama", "hidden_size": 4096, "intermediate_size": 11008,
                         "num_attention_heads": 32, "num_hidden_layers": 32, "vocab_size": 32000})"),
              "llama-7b");
}

TEST_CASE("Llama 3 groups its heads") {
  check_shape(parsed(R"({"model_type": "llama", "hidden_size": 4096, "intermediate_size": 14336,
                         "num_attention_heads": 32, "num_key_value_heads": 8, "num_hidden_layers": 32,
                         "tie_word_embeddings": false, "vocab_size": 128256})"),
              "llama-3-8b");
  check_shape(
      parsed(R"({"model_type": "llama", "hidden_size": 2048, "intermediate_size": 8192, "head_dim": 64,
                         "num_attention_heads": 32, "num_key_value_heads": 8, "num_hidden_layers": 16,
                         "tie_word_embeddings": true, "vocab_size": 128256})"),
      "llama-3.2-1b");
}

TEST_CASE("Mistral's window is noted, not applied") {
  const ModelSpec model = parsed(R"({"model_type": "mistral", "hidden_size": 4096, "intermediate_size": 14336,
      "num_attention_heads": 32, "num_key_value_heads": 8, "num_hidden_layers": 32, "sliding_window": 4096,
      "vocab_size": 32000})");
  check_shape(model, "mistral-7b");
  CHECK(model.source.find("sliding:4096") != std::string::npos);
}

TEST_CASE("Qwen's head_dim need not be hidden / heads, and its window may be off") {
  const ModelSpec model = parsed(R"({"model_type": "qwen3", "hidden_size": 5120, "intermediate_size": 25600,
      "head_dim": 128, "num_attention_heads": 64, "num_key_value_heads": 8, "num_hidden_layers": 64,
      "sliding_window": 4096, "use_sliding_window": false, "vocab_size": 151936})");
  check_shape(model, "qwen3-32b");
  CHECK(model.source == "config.json");
}

TEST_CASE("mixtures of experts") {
  check_shape(
      parsed(R"({"model_type": "qwen3_moe", "decoder_sparse_step": 1, "head_dim": 128, "hidden_size": 2048,
      "intermediate_size": 6144, "mlp_only_layers": [], "moe_intermediate_size": 768, "num_attention_heads": 32,
      "num_experts": 128, "num_experts_per_tok": 8, "num_hidden_layers": 48, "num_key_value_heads": 4,
      "sliding_window": null, "vocab_size": 151936})"),
      "qwen3-30b-a3b");
  check_shape(parsed(R"({"model_type": "mixtral", "hidden_size": 4096, "intermediate_size": 14336,
      "num_attention_heads": 32, "num_experts_per_tok": 2, "num_hidden_layers": 32, "num_key_value_heads": 8,
      "num_local_experts": 8, "vocab_size": 32000})"),
              "mixtral-8x7b");
}

TEST_CASE("GPT-2 has its own names, two matrices and tied embeddings") {
  check_shape(
      parsed(R"({"model_type": "gpt2", "n_embd": 1600, "n_head": 25, "n_layer": 48, "vocab_size": 50257})"),
      "gpt-2-xl");
}

TEST_CASE("the language model of a model that sees pictures") {
  const ModelSpec model = parsed(R"({"model_type": "llava", "vision_config": {"hidden_size": 1024},
      "text_config": {"model_type": "llama", "hidden_size": 4096, "intermediate_size": 11008,
                      "num_attention_heads": 32, "num_hidden_layers": 32, "vocab_size": 32000}})");
  check_shape(model, "llama-7b");
}
