#include "costmodel/spec/hugging_face_config.h"

#include <fmt/format.h>

#include <filesystem>
#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

#include "costmodel/base/error.h"
#include "costmodel/base/in_quotes.h"
#include "costmodel/base/json_document.h"
#include "costmodel/base/text_file.h"
#include "costmodel/spec/spec_limits.h"

namespace costmodel {

namespace {

using Json = nlohmann::json;

constexpr std::string_view expected_file =
    "the config.json of a model, an object with keys such as \"hidden_size\": 4096";

// The object that describes the language model, and its pointer inside the file.
struct Config {
  const Json& object;
  std::string pointer;  // "" or "/text_config"
  std::string file;

  [[noreturn]] void fail(const std::string& key, const std::string& message) const {
    throw Error(message, InputLocation{file, 0, 0, pointer + "/" + key});
  }
  // nullptr when the key is absent or null, which configs use alike.
  const Json* find(const std::string& key) const {
    const auto found = object.find(key);
    return found == object.end() || found->is_null() ? nullptr : &*found;
  }
};

struct Number {
  std::string key;
  std::int64_t value;
};

// The first of several names for one thing.
std::optional<Number> number(const Config& config, std::initializer_list<const char*> names,
                             std::int64_t smallest, std::int64_t largest, std::int64_t example) {
  for (const char* name : names) {
    const Json* value = config.find(name);
    if (value == nullptr) continue;
    const std::string expected =
        fmt::format("expected a whole number from {} to {}, such as {}", smallest, largest, example);
    if (!value->is_number_integer())
      config.fail(name, fmt::format("found {}; {}", value->is_number() ? "a fraction" : value->type_name(),
                                    expected));
    const bool fits =
        !value->is_number_unsigned() || value->get<std::uint64_t>() <= static_cast<std::uint64_t>(largest);
    const std::int64_t n = fits ? value->get<std::int64_t>() : largest;
    if (!fits || n < smallest || n > largest)
      config.fail(name, fmt::format("{} is out of range; {}", value->dump(), expected));
    return Number{name, n};
  }
  return std::nullopt;
}

Number needed(const Config& config, std::initializer_list<const char*> names, std::int64_t largest,
              std::int64_t example) {
  if (const auto found = number(config, names, 1, largest, example)) return *found;
  config.fail(*names.begin(),
              fmt::format("the key is missing; expected a whole number, such as {}", example));
}

std::string text(const Config& config, const char* key) {
  const Json* value = config.find(key);
  if (value == nullptr) return "";
  if (!value->is_string())
    config.fail(key, fmt::format("found {}; expected text such as \"llama\"", value->type_name()));
  return value->get<std::string>();
}

std::optional<bool> flag(const Config& config, const char* key) {
  const Json* value = config.find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean())
    config.fail(key, fmt::format("found {}; expected true or false", value->type_name()));
  return value->get<bool>();
}

// Configs name the activation, not the number of matrices; these families have two.
FeedForward feed_forward_of(const std::string& type) {
  for (const char* plain :
       {"gpt2", "gpt_neo", "gpt_neox", "gptj", "opt", "bloom", "falcon", "phi", "starcoder2", "gpt_bigcode"})
    if (type == plain) return FeedForward::plain;
  return FeedForward::gated;
}

// What a config leaves out follows its family's default.
Embeddings default_embeddings(const std::string& type) {
  for (const char* tied :
       {"gpt2", "gpt_neo", "gpt_bigcode", "opt", "bloom", "gemma", "gemma2", "gemma3_text"})
    if (type == tied) return Embeddings::tied;
  return Embeddings::separate;
}

void read_experts(const Config& config, ModelSpec& model, std::vector<std::string>& notes) {
  const auto experts =
      number(config, {"num_experts", "num_local_experts", "n_routed_experts"}, 0, limits::experts, 8);
  if (!experts || experts->value == 0) return;
  model.experts = experts->value;
  model.active_experts = needed(config, {"num_experts_per_tok"}, model.experts, 2).value;
  // Mixtral has one width, of the experts; Qwen's intermediate_size is that of a dense layer, which it may
  // not have.
  const auto expert_width = number(config, {"moe_intermediate_size"}, 1, limits::ffn, 768);
  model.expert_ffn = expert_width ? expert_width->value : model.ffn;
  const auto every = number(config, {"decoder_sparse_step"}, 1, limits::layers, 1);
  const auto dense_first = number(config, {"first_k_dense_replace"}, 0, limits::layers, 1);
  const Json* dense_layers = config.find("mlp_only_layers");
  const bool some_dense = (every && every->value > 1) || (dense_first && dense_first->value > 0) ||
                          (dense_layers != nullptr && !dense_layers->empty());
  if (some_dense) notes.emplace_back("layers without experts counted as layers with experts");
  model.ffn = 0;
  if (const auto shared =
          number(config, {"shared_expert_intermediate_size", "n_shared_experts"}, 0, limits::ffn, 1))
    if (shared->value > 0) notes.emplace_back("shared experts not counted");
}

void note_sliding_window(const Config& config, std::vector<std::string>& notes) {
  const auto window = number(config, {"sliding_window"}, 0, limits::sequence, 4096);
  if (!window || window->value == 0 || flag(config, "use_sliding_window") == false) return;
  notes.push_back(fmt::format("sliding window of {} tokens not applied: set mask = \"sliding:{}\"",
                              window->value, window->value));
}

std::string model_name(const Config& config, const std::string& type) {
  const Json* name = config.find("_name_or_path");
  if (name != nullptr && name->is_string() && !name->get<std::string>().empty())
    return name->get<std::string>();
  if (!type.empty()) return type;
  return std::filesystem::path(config.file).stem().string();
}

// The key of the file behind a field of ModelSpec, for complaints about several of them together.
std::string file_key(const Config& config, const std::string& field) {
  static const std::vector<std::pair<std::string, std::vector<const char*>>> names{
      {"kv_heads", {"num_key_value_heads"}},
      {"heads", {"num_attention_heads", "n_head"}},
      {"head_dim", {"head_dim"}},
      {"ffn", {"intermediate_size", "n_inner"}},
      {"expert_ffn", {"moe_intermediate_size", "intermediate_size"}},
      {"active_experts", {"num_experts_per_tok"}},
  };
  for (const auto& [known, keys] : names)
    if (field == known)
      for (const char* key : keys)
        if (config.find(key) != nullptr) return key;
  return field;
}

ModelSpec model_of(const Config& config) {
  if (config.find("kv_lora_rank") != nullptr)
    config.fail("kv_lora_rank",
                "multi-head latent attention is not modelled; expected a model with query, key and "
                "value heads, such as LLaMA, Mistral or Qwen3");
  const std::string type = text(config, "model_type");
  std::vector<std::string> notes;
  ModelSpec model;
  model.name = model_name(config, type);
  model.layers = needed(config, {"num_hidden_layers", "n_layer", "num_layers"}, limits::layers, 32).value;
  model.hidden = needed(config, {"hidden_size", "n_embd", "d_model"}, limits::width, 4096).value;
  const Number heads = needed(config, {"num_attention_heads", "n_head"}, limits::heads, 32);
  model.heads = heads.value;
  const auto kv_heads = number(config, {"num_key_value_heads"}, 1, limits::heads, 8);
  model.kv_heads = kv_heads ? kv_heads->value : model.heads;
  if (const auto head_dim = number(config, {"head_dim"}, 1, limits::head_dim, 128)) {
    model.head_dim = head_dim->value;
  } else {
    if (model.hidden % model.heads != 0)
      config.fail(heads.key,
                  fmt::format("{} hidden elements do not divide into {} heads; expected a divisor, or "
                              "\"head_dim\" too, such as \"head_dim\": 128",
                              model.hidden, model.heads));
    model.head_dim = model.hidden / model.heads;
  }
  const auto ffn = number(config, {"intermediate_size", "n_inner", "ffn_dim"}, 1, limits::ffn, 11008);
  if (ffn)
    model.ffn = ffn->value;
  else if (type == "gpt2")
    model.ffn = 4 * model.hidden;  // the family's default
  model.vocab = needed(config, {"vocab_size"}, limits::vocab, 32000).value;
  model.feed_forward = feed_forward_of(type);
  const auto tied = flag(config, "tie_word_embeddings");
  model.embeddings = tied ? (*tied ? Embeddings::tied : Embeddings::separate) : default_embeddings(type);
  read_experts(config, model, notes);
  if (model.ffn == 0 && model.experts == 0)
    config.fail("intermediate_size", "the key is missing; expected a whole number, such as 11008");
  note_sliding_window(config, notes);
  if (const auto complaint = complaint_about(model))
    config.fail(file_key(config, complaint->key), complaint->message);
  model.source = config.file;
  for (const std::string& note : notes) model.source += "; " + note;
  return model;
}

}  // namespace

ModelSpec parse_hugging_face_config(std::string_view config_text, const std::string& file) {
  const Json document = parse_json(config_text, file, expected_file);
  if (!document.is_object())
    throw Error(fmt::format("found {}; expected {}", document.type_name(), expected_file),
                InputLocation{file, 1, 1, ""});
  // Models that also see pictures keep the language model in an object of its own.
  const auto inner = document.find("text_config");
  if (inner != document.end() && inner->is_object() && document.find("num_hidden_layers") == document.end())
    return model_of(Config{*inner, "/text_config", file});
  return model_of(Config{document, "", file});
}

ModelSpec read_hugging_face_config(const std::string& path) {
  return parse_hugging_face_config(read_text_file(path, expected_file), path);
}

}  // namespace costmodel
