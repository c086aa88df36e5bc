// What a plan leaves open in a training step or a prefill: checkpoint, ZeRO stage, offload, fused loss.  A
// name such as "burst" says nothing of them; they are chosen so that the step fits and is fastest.
#pragma once

#include <string>
#include <vector>

#include "costmodel/price/plan_price.h"

namespace costmodel {

// The fastest plan that fits among those that differ from `plan` in axes not `given`; the one that needs
// least memory when none fits.  Without a whole-model phase, or with every axis given: the plan itself.
Plan choose_open_axes(Pricer& pricer, const Plan& plan, const std::vector<std::string>& given);

// The plan of a text ("burst", "ring:zero=3"), open axes chosen.  Throws Error as plan_from_alias.
Plan resolved_plan(Pricer& pricer, const std::string& text);

// The one plan that the scenario names, its open axes chosen.  It must name one.
Plan scenario_plan(Pricer& pricer);

// What to change first when a plan does not fit: the single change of one of these axes after which it does,
// fastest first; else the pair of all of them that needs least.  Empty when nothing helps.
struct MemoryChange {
  std::string text;  // "checkpoint = full"
  Bytes memory;
  double slowdown = 0;  // time / time before
};
std::vector<MemoryChange> memory_changes(Pricer& pricer, const PlanPrice& price);

}  // namespace costmodel
