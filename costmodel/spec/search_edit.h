// Changing what a scenario file allows: a limit of [search], an axis of its one [plan].  As scenario_edit.h
// does it, comments and order stay as their author wrote them.
#pragma once

#include <string>
#include <vector>

#include "costmodel/spec/scenario_edit.h"

namespace costmodel {

// What [search] allows of an axis ("transport", "backward", "checkpoint", "zero", "offload", "fused_loss"),
// as the file writes it; empty: every value.  Throws Error for another axis.
std::vector<std::string> allowed_values(const SearchLimits& limits, const std::string& axis);

// The document with that limit; an empty list takes it out.  Throws Error.
ScenarioDocument limited_document(const ScenarioDocument& document, const std::string& axis,
                                  const std::vector<std::string>& values);

// The document with an axis of its [plan] set; it must have one.  Throws Error.
ScenarioDocument planned_document(const ScenarioDocument& document, const std::string& axis,
                                  const std::string& value);

}  // namespace costmodel
