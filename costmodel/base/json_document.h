// JSON text that a person handed over: syntax errors with line and column, no absurd nesting, no double keys.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace costmodel {

// Throws Error; `what` names the expected content: "the config.json of a model".
nlohmann::json parse_json(std::string_view text, const std::string& file, std::string_view what);

}  // namespace costmodel
