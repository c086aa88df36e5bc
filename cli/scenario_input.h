// The scenario of a command: a file or the standard input, with the overrides of the command line.
#pragma once

#include <string>

#include "cli/request.h"
#include "costmodel/spec/scenario.h"

namespace cli {

// Throws Error; also for phases that need the schedule of a whole model.
costmodel::Scenario load_scenario(const ScenarioOptions& options);

// A plan by alias or axes.  Errors name the flag.
costmodel::Plan plan_named(const std::string& text, const costmodel::Scenario& scenario,
                           const std::string& flag);

// Whether this version knows the schedule of the phase.
bool is_attention_phase(costmodel::WorkPhase phase);

extern const char* const whole_model_refusal;

}  // namespace cli
