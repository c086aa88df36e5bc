#include "costmodel/spec/model_reader.h"

#include <filesystem>

#include "costmodel/base/in_quotes.h"
#include "costmodel/spec/hugging_face_config.h"
#include "costmodel/spec/model_presets.h"
#include "costmodel/spec/spec_limits.h"
#include "costmodel/spec/spec_text.h"

namespace costmodel {

namespace {

ModelSpec base_model(TomlSection& section, const std::string& directory) {
  const auto preset = section.parsed(
      "preset", [](std::string_view name) { return model_preset(std::string(name)); }, "\"llama-7b\"");
  const auto config = section.text("config", "\"config.json\"");
  if (preset && config) section.fail("config", "preset and config exclude each other; leave one of them out");
  if (preset) return *preset;
  if (!config) return ModelSpec{};
  try {
    const std::filesystem::path path(*config);
    return read_hugging_face_config(path.is_absolute() ? path.string() : (directory / path).string());
  } catch (const std::filesystem::filesystem_error&) {
    section.fail("config", in_quotes(*config) + " is not a path; expected a file such as \"config.json\"");
  } catch (const Error& error) {
    // A problem inside the config has its own place; a path that leads nowhere is a mistake in this file.
    if (error.where() && error.where()->line > 0) throw;
    if (error.where() && !error.where()->key.empty()) throw;
    section.fail("config", in_quotes(*config) + ": " + error.message());
  }
}

}  // namespace

const ModelSpec& model_preset(const std::string& name) {
  if (const ModelSpec* model = find_model_preset(name)) return *model;
  throw Error(unknown_preset("model", name, model_preset_names()));
}

ModelSpec read_model(TomlSection& section, const std::string& directory) {
  ModelSpec model = base_model(section, directory);
  const bool from_numbers = model.layers == 0;
  if (const auto name = section.text("name", "\"my-model\"")) model.name = *name;

  std::string replaced;
  const auto number = [&](const char* key, std::int64_t& field, std::int64_t smallest, std::int64_t largest,
                          std::int64_t example) {
    const auto value = section.count(key, smallest, largest, example);
    if (!value) return false;
    field = *value;
    replaced += (replaced.empty() ? "" : ", ") + std::string(key);
    return true;
  };
  const auto needed = [&](bool given, const char* key, const char* expected) {
    if (from_numbers && !given) section.missing(key, expected);
  };
  const bool layers = number("layers", model.layers, 1, limits::layers, 32);
  const bool hidden = number("hidden", model.hidden, 1, limits::width, 4096);
  const bool heads = number("heads", model.heads, 1, limits::heads, 32);
  const bool kv_heads = number("kv_heads", model.kv_heads, 1, limits::heads, 8);
  const bool head_dim = number("head_dim", model.head_dim, 1, limits::head_dim, 128);
  const bool experts = number("experts", model.experts, 0, limits::experts, 8);
  number("active_experts", model.active_experts, 0, limits::experts, 2);
  number("expert_ffn", model.expert_ffn, 0, limits::ffn, 14336);
  const bool ffn = number("ffn", model.ffn, 0, limits::ffn, 11008);
  const bool vocab = number("vocab", model.vocab, 1, limits::vocab, 32000);
  if (const auto kind = section.parsed("feed_forward", parse_feed_forward, "\"gated\""))
    model.feed_forward = *kind;
  if (const auto kind = section.parsed("embeddings", parse_embeddings, "\"separate\""))
    model.embeddings = *kind;

  needed(layers, "layers",
         "preset = \"llama-7b\", config = \"config.json\", or the numbers of the model, such as layers = 32");
  needed(hidden, "hidden", "the width of the model, such as hidden = 4096");
  needed(heads, "heads", "the number of query heads, such as heads = 32");
  needed(ffn || (experts && model.experts > 0), "ffn",
         "the width of the feed-forward layer, such as ffn = 11008");
  needed(vocab, "vocab", "the size of the vocabulary, such as vocab = 32000");
  if (from_numbers) {
    if (!kv_heads) model.kv_heads = model.heads;
    if (!head_dim) {
      if (model.hidden % model.heads != 0)
        section.fail("heads", std::to_string(model.hidden) + " hidden elements do not divide into " +
                                  std::to_string(model.heads) +
                                  " heads; set head_dim too, such as head_dim = 128");
      model.head_dim = model.hidden / model.heads;
    }
    if (model.name.empty()) model.name = "model";
    model.source = "given";
  } else if (!replaced.empty()) {
    model.source += "; given: " + replaced;
  }
  if (const auto complaint = complaint_about(model)) section.fail(complaint->key, complaint->message);
  section.finish();
  return model;
}

}  // namespace costmodel
