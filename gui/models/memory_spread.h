// How a peak spreads over the ranks of a plan.  The cost model has one peak per plan, since every rank holds
// the same; where the GPUs differ it is held against the smallest, which is named here.
#pragma once

#include <QString>

#include "costmodel/plan/plan.h"
#include "costmodel/spec/scenario.h"

namespace gui {

// "same on all 32 GPUs", "same on all 16 GPUs; the smallest, a100-sxm-40gb, decides".
QString memorySpread(const costmodel::Scenario& scenario, const costmodel::Plan& plan);

}  // namespace gui
