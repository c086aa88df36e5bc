// What every exchange and collective of a phase puts on the links: its flows, worked out once per phase.
//
// An exchange is one flow from each rank.  A collective is, for each member, one flow for the bytes that stay
// inside the node and one for those that leave it (two when a part of them crosses the spine); it ends for
// the whole group when all flows have ended.  Latency is that of formulas 3.7 and 3.8, so alone on the links
// a collective takes exactly what the analytic model says.
#pragma once

#include <span>
#include <vector>

#include "costmodel/schedule/schedule.h"
#include "simulator/route.h"
#include "simulator/what_if.h"
#include "simulator/world.h"

namespace simulator {

struct Flow {
  Route route;
  double bytes = 0;
  double alpha = 0;  // s

  // Seconds when it is alone.
  double alone() const { return alpha + bytes / route.rate; }
};

// The exchanges of one transfer.
struct TransferFlows {
  std::vector<std::int32_t> to, from;  // per simulated rank
  std::vector<Flow> flows;             // of the sender
};

// A collective of every group of its kind.
struct CollectiveFlows {
  std::vector<std::int32_t> group;       // of each simulated rank, numbered from 0
  std::vector<std::int32_t> group_size;  // simulated members
  std::vector<std::int32_t> first;       // flows of rank w: flows[first[w]] to flows[first[w + 1]]
  std::vector<Flow> flows;
  int window = 0;  // at most so many flows of a rank at once, in order; 0: all at once

  std::span<const Flow> of(std::size_t w) const {
    return {flows.data() + first[w], static_cast<std::size_t>(first[w + 1] - first[w])};
  }
};

struct PhaseFlows {
  std::vector<TransferFlows> transfers;      // by Op::work of exchanges
  std::vector<CollectiveFlows> collectives;  // by Op::work of collectives
};

PhaseFlows phase_flows(const costmodel::Schedule& schedule, const costmodel::Phase& phase, const World& world,
                       const Router& router, const WhatIf& what_if);

}  // namespace simulator
