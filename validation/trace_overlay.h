// A measured trace laid over the prediction of a plan: by kind of operation how often, how long and how much
// of it beside no computing, and what of either side has nothing on the other.
//
// Measured numbers are medians over the steps of the trace.  A kind's time is the sum over its kernels, which
// for messages includes waiting for the other rank, on both sides.
#pragma once

#include <string>
#include <vector>

#include "costmodel/price/plan_price.h"
#include "validation/expected_ops.h"
#include "validation/trace_match.h"

namespace validation {

struct KindTimes {
  double calls = 0;
  double total = 0;    // seconds
  double exposed = 0;  // of messages and host copies: while no kernel computes

  double per_call() const { return calls > 0 ? total / calls : 0; }
};

struct OverlaidKind {
  KernelKind kind = KernelKind::unknown;
  KindTimes predicted, measured;
  double low = 0, high = 0;  // 90 % interval of the predicted total
  double deviation = 0;      // of the measured total: median absolute deviation, relative

  double error() const { return measured.total > 0 ? predicted.total / measured.total - 1 : 0; }
};

enum class Side : std::uint8_t { measured, predicted };

// What one side has and the other has not, a step.
struct LeftOver {
  Side side = Side::measured;
  KernelKind kind = KernelKind::unknown;
  std::string name;
  double calls = 0, total = 0;
  std::string why;
};

struct RankOverlay {
  GpuTrace trace;
  TraceSteps steps;
  ExpectedStep expected;
  std::vector<std::vector<std::int32_t>> matched;  // by step, as match_step
  double measured = 0, deviation = 0;              // seconds of a step; relative
  double idle_predicted = 0, idle_measured = 0;    // while no kernel computes
  std::vector<OverlaidKind> kinds;                 // those that one side has
  std::vector<LeftOver> left_over;
  std::size_t typical = 0;  // the step nearest to the median
};

struct TraceOverlay {
  costmodel::Schedule schedule;
  double predicted = 0, low = 0, high = 0;  // seconds of a step, on the rank that ends last
  std::vector<RankOverlay> ranks;           // by rank
  std::vector<std::string> remarks;

  // The rank whose step takes longest.
  const RankOverlay& slowest() const;
  double error() const { return predicted / slowest().measured - 1; }
  bool inside() const { return low <= slowest().measured && slowest().measured <= high; }
};

// Throws Error when the traces cannot be of this plan, or their clocks are not one.
TraceOverlay overlay(costmodel::Pricer& pricer, const costmodel::Plan& plan, std::vector<GpuTrace> traces,
                     const std::string& marker);

}  // namespace validation
