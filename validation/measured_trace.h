// A measured step as a Chrome trace with the plan's names and lanes, to lay over the predicted or simulated
// one.
//
// Kernels that are no operation of the plan keep their names; what finds its lane taken goes to a row of its
// stream.
#pragma once

#include <string>

#include "costmodel/price/cluster_map.h"
#include "validation/trace_overlay.h"

namespace validation {

// The step of every rank that is nearest to its median; of ranks with one clock the same step.
std::string chrome_trace(const TraceOverlay& overlay, const costmodel::ClusterMap& map,
                         const std::string& plan_name);

}  // namespace validation
