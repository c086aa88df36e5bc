#include "validation/busy_ranks.h"

#include <algorithm>

#include "costmodel/price/plan_price.h"
#include "costmodel/schedule/lowering.h"

namespace validation {

double busy_ranks(const costmodel::Scenario& scenario, const costmodel::Plan& plan) {
  const costmodel::Schedule schedule = lower(scenario, plan);
  costmodel::Pricer pricer(scenario);
  double time = 0, work = 0;  // of one rank, on average
  for (std::size_t p = 0; p < schedule.phases.size(); ++p) {
    const costmodel::Phase& phase = schedule.phases[p];
    std::vector<costmodel::Rank> walked;
    const std::vector<costmodel::OpTime> times = pricer.timeline(plan, p, walked);
    double end = 0, sum = 0;
    for (std::size_t r = 0; r < walked.size(); ++r)
      for (std::size_t i = 0; i < phase.ops.size(); ++i) {
        const costmodel::OpTime& op = times[r * phase.ops.size() + i];
        end = std::max(end, op.end);
        if (phase.ops[i].lane == costmodel::Lane::compute) sum += op.end - op.start;
      }
    time += end;
    work += sum / static_cast<double>(walked.size());
  }
  const double ranks = plan.world_size();
  return time > 0 ? std::clamp(ranks * work / time, 1.0, ranks) : ranks;
}

}  // namespace validation
