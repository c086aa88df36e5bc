// The section [model] of a scenario file.
#pragma once

#include <string>

#include "costmodel/spec/model_spec.h"
#include "costmodel/spec/toml_section.h"

namespace costmodel {

// A preset, a Hugging Face config.json (relative to `directory`) or numbers alone; numbers beside a preset or
// a config replace single values of it.
ModelSpec read_model(TomlSection& section, const std::string& directory);

// The preset, or Error with the nearest name and the whole list.
const ModelSpec& model_preset(const std::string& name);

}  // namespace costmodel
