// Sentences that say why one plan beats another, from their prices: idle computing, exposed transfers, bytes.
#pragma once

#include <string>
#include <vector>

#include "costmodel/price/plan_price.h"

namespace costmodel {

// "1.8x faster than ring 8: contiguous tokens leave GPUs idle under a causal mask (...)".  Empty for a tie.
std::string reason_against(const Scenario& scenario, const PlanPrice& winner, const PlanPrice& other);

// Which side should travel in backward, in bytes: needs a ring plan of the scenario; empty without backward.
std::string side_reason(Pricer& pricer, const Plan& ring_plan);

// "1.32x", with as many digits as help.
std::string format_ratio(double ratio);

}  // namespace costmodel
