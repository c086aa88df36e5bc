// The symmetric fold: a cluster that repeats itself, with a schedule that does too, is simulated by one
// period.
//
// When shifting all ranks by P (whole nodes, and whole groups of nodes that share leaves) changes neither who
// talks to whom, over which links, nor how long anything takes, then all ranks r + k P have the same times,
// and the ranks below P with their neighbours taken modulo P have them too: the flows on each link are as
// many as in the whole, so contention is the real one.  Refused, with the reason, when anything differs.
#pragma once

#include <string>

#include "costmodel/price/cluster_map.h"
#include "costmodel/schedule/schedule.h"
#include "simulator/what_if.h"
#include "simulator/world.h"

namespace simulator {

struct Fold {
  World world;
  std::string refused;  // why not; empty when folded, or when there is nothing to fold
};

// `alike`: whether every kernel takes the same time on all ranks.
Fold symmetric_fold(const costmodel::Schedule& schedule, const costmodel::ClusterMap& map,
                    const WhatIf& what_if, bool alike);

}  // namespace simulator
