#include "gui/jobs/sweep_job.h"

#include <QThread>
#include <algorithm>
#include <set>

#include "costmodel/answer/search.h"
#include "costmodel/base/unit_text.h"
#include "costmodel/plan/plan_alias.h"
#include "costmodel/spec/scenario_override.h"

namespace gui {

namespace {

constexpr int most_threads = 8;

}  // namespace

costmodel::SweepPoint pricedPoint(const costmodel::Scenario& base, const std::string& nodes,
                                  const std::string& sequence, int threads) {
  costmodel::SweepPoint point;
  point.values = {nodes, sequence};
  try {
    costmodel::Scenario scenario = base;
    if (scenario.cluster.uniform()) costmodel::apply_override(scenario, "nodes", nodes);
    costmodel::apply_override(scenario, "sequence", sequence);
    costmodel::Pricer pricer(scenario);
    costmodel::SearchResult result = costmodel::search_plans(pricer, costmodel::SearchOptions{threads});
    std::set<std::string> families;
    for (costmodel::PlanPrice& price : result.ranked)
      if (families.insert(costmodel::plan_family(price.plan)).second) point.plans.push_back(std::move(price));
    if (!point.plans.empty())
      point.winner = 0;
    else if (!result.rejected.empty())
      point.plans.push_back(std::move(result.rejected.front()));
    for (const costmodel::PlanPrice& price : point.plans)
      point.names.push_back(costmodel::plan_name(price.plan, scenario));
  } catch (const std::exception& error) {
    // A value that makes no scenario is an answer for this cell, not the end of the map.
    point.problem = error.what();
  }
  return point;
}

SweepJob::SweepJob(QObject* parent) : QObject(parent) { pool_.setMaxThreadCount(1); }

SweepJob::~SweepJob() {
  ++wanted_;
  pool_.waitForDone();
}

void SweepJob::start(const costmodel::Scenario& scenario, const SweepGrid& grid) {
  cancel();
  running_ = true;
  // The screen's thread keeps a core of its own where there are several.
  const int threads = std::clamp(QThread::idealThreadCount() - 1, 1, most_threads);
  pool_.start([this, scenario, grid, threads, number = wanted_.load()] {
    const auto report = [this, number](auto action) {
      QMetaObject::invokeMethod(
          this,
          [this, number, action] {
            if (wanted_.load() == number) action();
          },
          Qt::QueuedConnection);
    };
    for (std::size_t i = 0; i < grid.size(); ++i) {
      if (wanted_.load() != number) return;
      const costmodel::SweepPoint done = pricedPoint(scenario, grid.nodes[i / grid.sequences.size()],
                                                     grid.sequences[i % grid.sequences.size()], threads);
      report([this, i, done] { Q_EMIT pointDone(i, done); });
    }
    report([this] {
      running_ = false;
      Q_EMIT finished();
    });
  });
}

void SweepJob::cancel() {
  ++wanted_;
  if (!running_) return;
  running_ = false;
  Q_EMIT cancelled();
}

}  // namespace gui
