// The scenario as it was understood, in base units, with the provenance of every hardware number.
#pragma once

#include <nlohmann/json.hpp>

#include "costmodel/spec/scenario.h"

namespace cli {

nlohmann::ordered_json scenario_json(const costmodel::Scenario& scenario);

}  // namespace cli
