// Constants of one device and its link, fitted to what was measured on them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "costmodel/price/calibration.h"
#include "costmodel/spec/cluster_spec.h"
#include "validation/probe_run.h"

namespace validation {

// The node that was measured, as the model sees it.
struct ProbedNode {
  costmodel::NodeSpec node;  // rates of one rank, shared ones with the rank's share
  double share = 1;          // of a core that a rank has, and so of what copying reaches
  double element = 4;        // bytes of an element of the inputs
  std::string source;        // "24 samples, 4 ranks on 2 cores": of constants that are fitted
};

// What the model says of a probe; nothing for what it has no formula for.   Formulas 3.1, 3.4, 3.5.
std::optional<costmodel::Seconds> predicted_time(const Probe& probe, const ProbedNode& node,
                                                 const costmodel::Calibration& calibration);

// `before` with what the times say: attention rates, passes, link.  Constants that no probe speaks of stay.
// Formula 6.4.
costmodel::Calibration fit_probes(const costmodel::Calibration& before, const ProbedNode& node,
                                  std::span<const ProbeTime> times);

// How much longer attention takes while messages are in flight all the time: in every round alone, under
// messages, alone again.
struct Overlap {
  Probe probe;       // the one under messages
  Measured ratio;    // of a round's time under messages to the mean of its two alone
  Measured control;  // of the second time alone to the first: 1 where nothing else runs

  double slowdown() const;
  // What of it is no measurement: the ratios or the control spread by more than largest_spread, or the
  // control is off 1 by more.  "" when nothing is.
  std::string complaint() const;
};
Overlap overlap_of(const ProbeTime& alone, const ProbeTime& under_messages, const ProbeTime& alone_again);

}  // namespace validation
