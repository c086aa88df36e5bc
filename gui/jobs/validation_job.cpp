#include "gui/jobs/validation_job.h"

#include <QFileInfo>
#include <nlohmann/json.hpp>

#include "costmodel/price/quantity_text.h"

namespace gui {

ValidationJob::ValidationJob(ValidationRequest request, QObject* parent)
    : ChildJob(tr("Validate"), tr("%1 on %2 ranks").arg(request.plan_name).arg(request.ranks), parent),
      request_(std::move(request)) {}

QStringList ValidationJob::arguments() {
  writeScenario(request_.scenario);
  QStringList all{QStringLiteral("validate"),
                  file(QStringLiteral("scenario.toml")),
                  QStringLiteral("--plan"),
                  request_.plan,
                  QStringLiteral("--backend"),
                  request_.backend,
                  QStringLiteral("--ranks"),
                  QString::number(request_.ranks),
                  QStringLiteral("--repetitions"),
                  QString::number(request_.repetitions),
                  QStringLiteral("--json"),
                  QStringLiteral("--progress"),
                  QStringLiteral("json"),
                  QStringLiteral("--trace"),
                  file(QStringLiteral("trace.json"))};
  if (!request_.update.isEmpty()) all << QStringLiteral("--update-calibration") << request_.update;
  return all;
}

QString ValidationJob::take(const nlohmann::json& json) {
  answer_.runs = runsOf(json, tr("this machine"));
  const QString trace = file(QStringLiteral("trace.json"));
  if (QFileInfo::exists(trace)) answer_.trace = trace;
  const MeasuredRun& run = answer_.runs.runs.front();
  const QString told =
      tr("error of the prediction %1; %2")
          .arg(QString::fromStdString(costmodel::change_text(1 + run.value->error)), run.check);
  return answer_.runs.update.isEmpty() ? told : told + QLatin1Char('\n') + answer_.runs.update;
}

}  // namespace gui
