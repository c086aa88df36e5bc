// A scenario file that allows what would make its nearest plan fit.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "costmodel/answer/open_axes.h"
#include "costmodel/spec/scenario_edit.h"

namespace costmodel {

// The axes of a change, "zero = 3, offload = optimizer", with their values.
std::vector<std::pair<std::string, std::string>> axes_of(const MemoryChange& change);

// The document with every axis of the change set in its [plan], or, where it names none, allowed in [search]
// beside what was allowed.  Throws Error.
ScenarioDocument remedied_document(const ScenarioDocument& document, const MemoryChange& change);

}  // namespace costmodel
