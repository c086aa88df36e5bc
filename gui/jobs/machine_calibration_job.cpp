#include "gui/jobs/machine_calibration_job.h"

#include <nlohmann/json.hpp>

#include "costmodel/price/quantity_text.h"

namespace gui {

MachineCalibrationJob::MachineCalibrationJob(MachineCalibrationRequest request, QObject* parent)
    : ChildJob(tr("Calibrate"), tr("to this machine (%1)").arg(request.backend), parent),
      request_(std::move(request)) {}

// A noisy run is refused as the command line refuses it, but by who takes the answer: minutes of measuring
// need not be repeated when somebody takes it anyway.
QStringList MachineCalibrationJob::arguments() {
  QStringList all{
      QStringLiteral("calibrate"), QStringLiteral("--backend"), request_.backend,
      QStringLiteral("--noisy"),   QStringLiteral("--json"),    QStringLiteral("--progress"),
      QStringLiteral("json"),      QStringLiteral("-o"),        file(QStringLiteral("here.toml"))};
  if (request_.backend == QLatin1String("cpu"))
    all << QStringLiteral("--ranks") << QString::number(request_.ranks);
  if (request_.effort == MachineCalibrationRequest::Effort::quick) all << QStringLiteral("--quick");
  return all;
}

QString MachineCalibrationJob::take(const nlohmann::json& json) {
  fit_ = machineFitOf(json, tr("this machine"));
  calibration_ = writtenText(QStringLiteral("here.toml"));
  if (!fit_.noise.isEmpty())
    return tr("%1: noisy: %2").arg(fit_.machine, fit_.noise.section(QLatin1Char(';'), 0, 0));
  return tr("%1: mean error %2 before, %3 after")
      .arg(fit_.machine, QString::fromStdString(costmodel::percent_text(fit_.mean_before)),
           QString::fromStdString(costmodel::percent_text(fit_.mean_after)));
}

}  // namespace gui
