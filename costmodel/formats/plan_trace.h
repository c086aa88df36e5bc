// A plan's recorded timeline as a Chrome trace, with the names of simulated ones.
//
// The recorded phases follow each other; what repeats is said in the trace.  Stalls of the compute lane and
// the critical path are marked.
#pragma once

#include <string>

#include "costmodel/price/plan_timeline.h"

namespace costmodel {

std::string chrome_trace(const PlanTimeline& timeline);

}  // namespace costmodel
