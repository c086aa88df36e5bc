// A grid over scenario numbers: every point names its winner and what each of a few plans costs there.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "costmodel/price/plan_price.h"

namespace costmodel {

// One --over: a key of scenario_override.h and its values, as text.
struct SweepAxis {
  std::string key;
  std::vector<std::string> values;
};

// "sequence=32K..1M" (doubling), "nodes=1..64", "nic_bandwidth=25 GB/s..100 GB/s:4" (4 points, geometric),
// "batch=1,2,4".  Throws Error with the key "--over".
SweepAxis parse_sweep_axis(const std::string& text);

struct SweepPoint {
  std::vector<std::string> values;  // one per axis
  std::vector<PlanPrice> plans;     // one per plan text, rejected or priced
  std::vector<std::string> names;   // of these plans
  int winner = -1;                  // index into plans; -1 when none runs
  std::string problem;              // the point could not be built: the message
};

struct SweepOptions {
  int threads = 1;
  std::function<bool(std::size_t done, std::size_t total)>
      progress;  // return false to stop; called from one thread
};

// Points in row-major order of the axes.  `plans` are alias texts, resolved anew at every point; when empty,
// all plans are searched and each point holds the winner alone.
std::vector<SweepPoint> sweep(const Scenario& scenario, const std::vector<SweepAxis>& axes,
                              const std::vector<std::string>& plans, const SweepOptions& options);

}  // namespace costmodel
