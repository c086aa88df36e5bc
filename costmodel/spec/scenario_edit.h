// Changing one value in the text of a scenario file: comments, order and presets stay as their author wrote
// them.
#pragma once

#include <string>

#include "costmodel/spec/scenario.h"

namespace costmodel {

struct ScenarioDocument {
  std::string text;       // TOML, what a file holds
  std::string file_name;  // in messages; the name of the scenario
  std::string directory;  // a model's config file is looked up from here
  Scenario scenario;      // of the text
};

// Throws Error with file, line, column and key.
ScenarioDocument parse_document(std::string text, std::string file_name, std::string directory);
ScenarioDocument read_document(const std::string& path);

// The document with `key` (one of override_keys()) set from text, as apply_override does it.  Where the value
// has no line of its own that can be changed alone, the whole text is written anew.  Throws Error.
ScenarioDocument edited_document(const ScenarioDocument& document, const std::string& key,
                                 const std::string& value);

}  // namespace costmodel
