#include "gui/jobs/sweep_job.h"

#include <algorithm>

#include "costmodel/base/unit_text.h"

namespace gui {

namespace {

constexpr std::int64_t doublings_of_sequence = 3;  // down and up
constexpr int most_nodes = 64;

}  // namespace

SweepGrid gridAround(const costmodel::Scenario& scenario) {
  SweepGrid grid;
  const std::int64_t sequence = scenario.workload.sequence;
  for (std::int64_t k = -doublings_of_sequence; k <= doublings_of_sequence; ++k) {
    const std::int64_t tokens = k < 0 ? sequence >> -k : sequence << k;
    if (tokens > 0 && (k >= 0 || tokens << -k == sequence))
      grid.sequences.push_back(costmodel::format_tokens(tokens));
  }
  const int present = scenario.cluster.node_count();
  if (!scenario.cluster.uniform()) {
    // Nodes that differ have no number to turn.
    grid.nodes = {std::to_string(present)};
    return grid;
  }
  for (int nodes = 1; nodes < present; nodes *= 2) grid.nodes.push_back(std::to_string(nodes));
  for (int nodes = present; nodes <= std::max(present, std::min(most_nodes, 4 * present)); nodes *= 2)
    grid.nodes.push_back(std::to_string(nodes));
  return grid;
}

SweepJob::SweepJob(QObject* parent) : QObject(parent) { pool_.setMaxThreadCount(1); }

SweepJob::~SweepJob() {
  ++wanted_;
  pool_.waitForDone();
}

void SweepJob::start(const costmodel::Scenario& scenario, const SweepGrid& grid) {
  cancel();
  running_ = true;
  pool_.start([this, scenario, grid, number = wanted_.load()] {
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
      const std::vector<costmodel::SweepAxis> point{
          {"nodes", {grid.nodes[i / grid.sequences.size()]}},
          {"sequence", {grid.sequences[i % grid.sequences.size()]}}};
      costmodel::SweepPoint done;
      try {
        done = costmodel::sweep(scenario, point, {}, {}).front();
      } catch (const std::exception& error) {
        done.problem = error.what();
      }
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
