// Children that work on a table of measurements: `ringside reproduce` predicts its rows, `ringside calibrate`
// fits the constants to them.  The command checks the table and says what is wrong with it.
#pragma once

#include "gui/jobs/child_job.h"
#include "gui/models/measured_runs.h"

namespace gui {

class ReproductionJob : public ChildJob {
  Q_OBJECT

 public:
  explicit ReproductionJob(QString table, QObject* parent = nullptr);

 Q_SIGNALS:
  void finished(const gui::MeasuredRuns& runs);

 protected:
  QStringList arguments() override;
  QString take(const nlohmann::json& json) override;
  void announce() override { Q_EMIT finished(runs_); }

 private:
  QString table_;
  MeasuredRuns runs_;
};

class CalibrationJob : public ChildJob {
  Q_OBJECT

 public:
  explicit CalibrationJob(QString table, QObject* parent = nullptr);

 Q_SIGNALS:
  // And the calibrations as a file's text.
  void finished(const gui::FitAnswer& fit, const QByteArray& calibrations);

 protected:
  QStringList arguments() override;
  QString take(const nlohmann::json& json) override;
  void announce() override { Q_EMIT finished(fit_, calibrations_); }

 private:
  QString table_;
  FitAnswer fit_;
  QByteArray calibrations_;
};

}  // namespace gui
