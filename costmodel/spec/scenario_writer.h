// A scenario as a file: every number spelled out, nothing left to presets, so that it reads back equal.
#pragma once

#include <string>

#include "costmodel/spec/scenario.h"

namespace costmodel {

// TOML that parse_scenario reads as the same scenario, provenances included.  Only the name (the file name)
// and the model's source are not part of the text.
std::string scenario_text(const Scenario& scenario);

}  // namespace costmodel
