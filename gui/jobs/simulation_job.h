// `ringside simulate` of one plan: how long it takes, a timeline, and how full every link was.
#pragma once

#include <memory>

#include "gui/jobs/child_job.h"
#include "gui/models/link_use.h"

namespace gui {

struct SimulationRequest {
  costmodel::Scenario scenario;
  costmodel::Plan plan;
  QString plan_name;
  int revision = 0;  // of the project; an answer to an older one is stale
};

struct SimulationAnswer {
  QString plan_name;
  costmodel::Plan plan;
  int revision = 0;
  double simulated = 0;  // s
  double analytic = 0;   // s: what the cost model says
  QStringList notes;     // in which way they differ
  QString impossible;    // the reason why it cannot be simulated, else empty
  QString trace;         // a Chrome trace; lives as long as the job
  LinkTotals totals;     // by kind of link
  QString links;         // CSV; lives as long as the job
};

class SimulationJob : public ChildJob {
  Q_OBJECT

 public:
  explicit SimulationJob(SimulationRequest request, QObject* parent = nullptr);

 Q_SIGNALS:
  void finished(const gui::SimulationAnswer& answer);

 protected:
  QStringList arguments() override;
  QString take(const nlohmann::json& json) override;
  void announce() override { Q_EMIT finished(answer_); }

 private:
  SimulationRequest request_;
  SimulationAnswer answer_;
};

}  // namespace gui
