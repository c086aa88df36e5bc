// `ringside sweep --simulate`: the winner of every point of a grid, simulated.
#pragma once

#include <vector>

#include "gui/jobs/child_job.h"
#include "gui/jobs/sweep_grid.h"

namespace gui {

struct SweepSimulationRequest {
  costmodel::Scenario scenario;
  SweepGrid grid;
  int revision = 0;  // of the project; an answer to an older one is stale
};

// At one point: the simulated time, or why there is none.
struct SimulatedWinner {
  std::string nodes, sequence;  // as the grid writes them
  std::string plan;             // the winner's name
  double seconds = 0;
  QString reason;  // empty when it was simulated
};

struct SweepSimulationAnswer {
  std::vector<SimulatedWinner> points;
  int revision = 0;
};

class SweepSimulationJob : public ChildJob {
  Q_OBJECT

 public:
  explicit SweepSimulationJob(SweepSimulationRequest request, QObject* parent = nullptr);

 Q_SIGNALS:
  void finished(const gui::SweepSimulationAnswer& answer);

 protected:
  QStringList arguments() override;
  QString take(const nlohmann::json& json) override;
  void announce() override { Q_EMIT finished(answer_); }

 private:
  SweepSimulationRequest request_;
  SweepSimulationAnswer answer_;
};

}  // namespace gui
