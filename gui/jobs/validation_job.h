// `ringside validate` of one plan on the ranks of this machine: its clock beside the prediction, and a trace.
#pragma once

#include "gui/jobs/child_job.h"
#include "gui/models/measured_runs.h"

namespace gui {

struct ValidationRequest {
  costmodel::Scenario scenario;
  QString plan;       // by name or axes
  QString plan_name;  // for people
  QString backend = QStringLiteral("cpu");
  int ranks = 0;
  int repetitions = 3;
  QString update;  // calibration file that the run is folded into, made when it is not there; or ""
};

struct ValidationAnswer {
  MeasuredRuns runs;
  QString trace;  // a Chrome trace; lives as long as the job
};

class ValidationJob : public ChildJob {
  Q_OBJECT

 public:
  explicit ValidationJob(ValidationRequest request, QObject* parent = nullptr);

 Q_SIGNALS:
  void finished(const gui::ValidationAnswer& answer);

 protected:
  QStringList arguments() override;
  QString take(const nlohmann::json& json) override;
  void announce() override { Q_EMIT finished(answer_); }

 private:
  ValidationRequest request_;
  ValidationAnswer answer_;
};

}  // namespace gui
