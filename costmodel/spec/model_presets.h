// Shapes of well-known models, by name.  Each row of the table in model_presets.cpp names where it was read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "costmodel/spec/model_spec.h"

namespace costmodel {

const std::vector<ModelSpec>& model_presets();
const ModelSpec* find_model_preset(std::string_view name);  // nullptr when there is none
std::vector<std::string> model_preset_names();

}  // namespace costmodel
