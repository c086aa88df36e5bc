#include "costmodel/answer/sweep.h"

#include <atomic>

#include "costmodel/answer/open_axes.h"
#include "costmodel/answer/search.h"
#include "costmodel/base/error.h"
#include "costmodel/base/on_threads.h"
#include "costmodel/plan/plan_alias.h"
#include "costmodel/spec/scenario_override.h"

namespace costmodel {

namespace {

// The values of one point, axis by axis, first axis slowest.
std::vector<std::string> values_at(const std::vector<SweepAxis>& axes, std::size_t index) {
  std::vector<std::string> values(axes.size());
  for (std::size_t a = axes.size(); a-- > 0;) {
    values[a] = axes[a].values[index % axes[a].values.size()];
    index /= axes[a].values.size();
  }
  return values;
}

void price_point(SweepPoint& point, const Scenario& base, const std::vector<SweepAxis>& axes,
                 const std::vector<std::string>& plans) {
  try {
    Scenario scenario = base;
    for (std::size_t a = 0; a < axes.size(); ++a) apply_override(scenario, axes[a].key, point.values[a]);
    Pricer pricer(scenario);
    if (plans.empty()) {
      SearchResult result = search_plans(pricer);
      std::vector<PlanPrice>& from = result.ranked.empty() ? result.rejected : result.ranked;
      if (!from.empty()) point.plans.push_back(std::move(from.front()));
    }
    for (const std::string& text : plans) point.plans.push_back(pricer.price(resolved_plan(pricer, text)));
    for (std::size_t i = 0; i < point.plans.size(); ++i) {
      const PlanPrice& price = point.plans[i];
      point.names.push_back(plan_name(price.plan, scenario));
      const bool better =
          !price.rejected &&
          (point.winner < 0 ||
           price.per_replica() < point.plans[static_cast<std::size_t>(point.winner)].per_replica());
      if (better) point.winner = static_cast<int>(i);
    }
  } catch (const Error& error) {
    // A value that makes no scenario is an answer for this point, not the end of the grid.
    point.problem = error.what();
  }
}

}  // namespace

std::vector<SweepPoint> sweep(const Scenario& scenario, const std::vector<SweepAxis>& axes,
                              const std::vector<std::string>& plans, const SweepOptions& options) {
  std::size_t total = 1;
  for (const SweepAxis& axis : axes) {
    total *= axis.values.size();
    if (total > 10000000)
      throw Error("the grid has more than 10,000,000 points: use shorter ranges",
                  InputLocation{"", 0, 0, "--over"});
  }
  std::vector<SweepPoint> points(total);
  std::atomic<std::size_t> next{0}, done{0};
  std::atomic<bool> stopped{false};
  const auto work = [&](int thread) {
    for (std::size_t i = next++; i < total && !stopped; i = next++) {
      points[i].values = values_at(axes, i);
      price_point(points[i], scenario, axes, plans);
      const std::size_t count = ++done;
      if (thread == 0 && options.progress && !options.progress(count, total)) stopped = true;
    }
  };
  on_threads(options.threads, work, [&] { stopped = true; });
  return points;
}

}  // namespace costmodel
