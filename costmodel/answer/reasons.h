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

// What the published rule for prefill with cached tokens says, beside our prices.   Formula 2.11.
struct PublishedRule {
  ForwardSide side = ForwardSide::kv;
  double hidden_from = 0;  // new tokens from which passing K and V is hidden behind computing
  double new_share = 1;    // new tokens / all tokens
  double share_limit = 0;  // from which K and V are the fewer bytes
};
PublishedRule published_rule(const Scenario& scenario, const Plan& plan, const Calibration& calibration);

// Which side should travel in a prefill, by price, and what the published rule says; needs a ring plan of the
// scenario, empty for other phases.
std::string forward_side_reason(Pricer& pricer, const Plan& ring_plan);

// "1.32x", with as many digits as help.
std::string format_ratio(double ratio);

}  // namespace costmodel
