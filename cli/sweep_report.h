// A finished sweep as text, comma-separated values and JSON: analytic times, and simulated ones beside them.
#pragma once

#include <string>
#include <vector>

#include "cli/request.h"
#include "costmodel/answer/sweep.h"

namespace cli {

enum class SimulationState {
  not_runnable,   // the plan does not run: PlanPrice::rejected says why
  simulated,      // time holds
  not_simulated,  // it cannot be: the reason is an answer
  failed,         // its process failed, or the rank that had it was lost
};

struct SimulatedPlan {
  SimulationState state = SimulationState::not_runnable;
  costmodel::Seconds time;
  std::string reason;
};

// Beside the SweepPoint of the same index.
struct SimulatedPoint {
  std::vector<SimulatedPlan> plans;
  int winner = -1;  // by simulated time; -1 when none could be simulated
};

struct SweepReport {
  const costmodel::Scenario& scenario;
  const std::vector<costmodel::SweepAxis>& axes;
  const std::vector<std::string>& plans;  // as asked for; empty when all were searched
  const std::vector<costmodel::SweepPoint>& points;
  std::vector<SimulatedPoint> simulated = {};  // empty when nothing was to be
  std::string what_if = {};                    // what the simulations assume; "" when nothing
  std::vector<std::string> losses = {};        // ranks that were lost
};

std::string sweep_text(const SweepReport& report, const ReportOptions& options);
std::string sweep_csv(const SweepReport& report);
std::string sweep_json_text(const SweepReport& report);

}  // namespace cli
