// Whether any link of a phase may carry two flows at once, and which one: the question that decides between
// the two engines.
//
// A link is never shared when all its flows have one rank in common, as sender or receiver, and the
// operations behind them follow each other on that rank.  The answer depends on the schedule and the routes
// alone, not on times, so it holds for every straggler and every noise; it may call a link shared whose flows
// happen never to meet, and then SimGrid finds the same times.
#pragma once

#include <vector>

#include "simulator/flows.h"
#include "simulator/phase_program.h"

namespace simulator {

struct SharedLinks {
  std::vector<LinkId> links;
  LinkId busiest;                // of them: the first that most ranks send over
  std::size_t most_senders = 0;  // that many ranks

  bool any() const { return !links.empty(); }
};

SharedLinks shared_links(const PhaseProgram& program, const PhaseFlows& flows);

}  // namespace simulator
