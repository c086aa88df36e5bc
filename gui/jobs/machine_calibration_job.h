// `ringside calibrate --backend`: measures kernels and links of this machine and fits the constants to them.
#pragma once

#include "gui/jobs/child_job.h"
#include "gui/models/measured_runs.h"

namespace gui {

struct MachineCalibrationRequest {
  enum class Effort { full, quick };  // quick: shows that it works, and says little of the machine
  QString backend;                    // "cpu", "cuda"
  int ranks = 0;                      // of cpu; all GPUs of cuda
  Effort effort = Effort::full;
};

class MachineCalibrationJob : public ChildJob {
  Q_OBJECT

 public:
  explicit MachineCalibrationJob(MachineCalibrationRequest request, QObject* parent = nullptr);

 Q_SIGNALS:
  // And the calibration as a file's text.
  void finished(const gui::MachineFit& fit, const QByteArray& calibration);

 protected:
  QStringList arguments() override;
  QString take(const nlohmann::json& json) override;
  void announce() override { Q_EMIT finished(fit_, calibration_); }

 private:
  MachineCalibrationRequest request_;
  MachineFit fit_;
  QByteArray calibration_;
};

}  // namespace gui
