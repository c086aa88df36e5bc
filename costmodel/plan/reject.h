// Why a plan cannot run.  A rejection is an answer, not an error: it is kept and shown beside the plans that
// can.
#pragma once

#include <optional>
#include <string>

#include "costmodel/plan/plan.h"
#include "costmodel/spec/scenario.h"

namespace costmodel {

enum class RejectReason { degrees, devices, heads, tokens, inner_ring, axis, memory };

struct Rejection {
  RejectReason reason = RejectReason::degrees;
  std::string text;  // "needs 32 kv heads, the model has 8"
};

// The first rule that the plan breaks, nothing when it can run.  Memory is checked later, when it is known.
std::optional<Rejection> reject(const Scenario& scenario, const Plan& plan);

}  // namespace costmodel
