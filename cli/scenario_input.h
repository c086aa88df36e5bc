// The scenario of a command: a file or the standard input, with the overrides of the command line.
#pragma once

#include <string>

#include "cli/request.h"
#include "costmodel/price/plan_price.h"
#include "costmodel/spec/scenario.h"

namespace cli {

// Throws Error.
costmodel::Scenario load_scenario(const ScenarioOptions& options);

// A plan by alias or axes; what it leaves open in a training step is chosen.  Errors name the flag.
costmodel::Plan plan_named(costmodel::Pricer& pricer, const std::string& text, const std::string& flag);

}  // namespace cli
