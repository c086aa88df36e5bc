// How full the links of the busiest GPU are on average while a plan runs: what it sends by each class of
// link, as the cost model counts it in the schedule, over what the link could carry in the predicted time.
// Says nothing of moments, nor of links that several GPUs want at once: a simulation does.
#pragma once

#include <QString>
#include <vector>

#include "costmodel/answer/plan_report.h"
#include "costmodel/spec/cluster_spec.h"

namespace gui {

struct PredictedLink {
  QString name;          // "network card"
  double bytes = 0;      // that it carries one way
  double bandwidth = 0;  // B/s, one way
  double seconds = 0;    // that the plan takes
  int sharers = 1;       // GPUs that send by it as much

  double utilisation() const;
  QString words() const;  // "23 % of 47 GB/s: 89 GB in 8.1 s"
};

// None for a plan without a price; links that the plan does not use are there with nothing sent.  Of nodes
// that differ, the slowest link.
std::vector<PredictedLink> predictedLinks(const costmodel::PlanReport& report,
                                          const costmodel::ClusterSpec& cluster);

}  // namespace gui
