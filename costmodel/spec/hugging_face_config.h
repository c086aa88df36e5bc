// The shape of a model from the config.json of a Hugging Face repository.
//
// Understood are the names of LLaMA, Mistral, Qwen2/3, Mixtral, Qwen3-MoE and GPT-2 and whatever shares them.
// What does not change the shape is ignored; what is not modelled (a sliding window, shared experts) is noted
// in ModelSpec::source; what would make the shape wrong (multi-head latent attention) is refused.
#pragma once

#include <string>
#include <string_view>

#include "costmodel/spec/model_spec.h"

namespace costmodel {

// Both throw Error; a syntax error has line and column, a wrong value its JSON pointer
// ("/num_attention_heads").
ModelSpec read_hugging_face_config(const std::string& path);
ModelSpec parse_hugging_face_config(std::string_view text, const std::string& file);

}  // namespace costmodel
