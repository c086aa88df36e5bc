// The one plan that a command is about: named on the command line, by the file, or found by the search.
#pragma once

#include <string>

#include "costmodel/price/plan_price.h"

namespace cli {

// `text` is the value of --plan, empty when it was not given.  Throws Error when no plan can run at all.
costmodel::Plan chosen_plan(costmodel::Pricer& pricer, const std::string& text);

}  // namespace cli
