#include "gui/jobs/rows_job.h"

#include <QFileInfo>
#include <nlohmann/json.hpp>

#include "costmodel/price/quantity_text.h"

namespace gui {

ReproductionJob::ReproductionJob(QString table, QObject* parent)
    : ChildJob(tr("Predict"), tr("the rows of %1").arg(QFileInfo(table).fileName()), parent),
      table_(std::move(table)) {}

QStringList ReproductionJob::arguments() {
  return {QStringLiteral("reproduce"), table_, QStringLiteral("--json")};
}

QString ReproductionJob::take(const nlohmann::json& json) {
  runs_ = runsOf(json, table_);
  return tr("%1 rows").arg(runs_.runs.size());
}

CalibrationJob::CalibrationJob(QString table, QObject* parent)
    : ChildJob(tr("Calibrate"), tr("to %1").arg(QFileInfo(table).fileName()), parent),
      table_(std::move(table)) {}

QStringList CalibrationJob::arguments() {
  return {QStringLiteral("calibrate"), QStringLiteral("--from"), table_,
          QStringLiteral("--json"),    QStringLiteral("-o"),     file(QStringLiteral("fitted.toml"))};
}

QString CalibrationJob::take(const nlohmann::json& json) {
  fit_ = fitOf(json, table_);
  calibrations_ = writtenText(QStringLiteral("fitted.toml"));
  return tr("mean error %1 before, %2 after")
      .arg(QString::fromStdString(costmodel::percent_text(fit_.mean_before)),
           QString::fromStdString(costmodel::percent_text(fit_.mean_after)));
}

}  // namespace gui
