#include "gui/jobs/simulation_job.h"

#include <QFileInfo>
#include <nlohmann/json.hpp>

#include "costmodel/base/unit_text.h"

namespace gui {

namespace {

// Slices of time per phase in the table of links: fewer where there are many links, so that the table stays
// below some 30 MB.
int sliceCount(const costmodel::Scenario& scenario) { return scenario.usable_gpus() > 256 ? 40 : 100; }

QString trace_file() { return QStringLiteral("trace.json"); }
QString links_file() { return QStringLiteral("links.csv"); }

}  // namespace

SimulationJob::SimulationJob(SimulationRequest request, QObject* parent)
    : ChildJob(tr("Simulate"), request.plan_name, parent), request_(std::move(request)) {}

QStringList SimulationJob::arguments() {
  writeScenario(request_.scenario);
  return {QStringLiteral("simulate"),
          file(QStringLiteral("scenario.toml")),
          QStringLiteral("--plan"),
          allAxes(request_.plan),
          QStringLiteral("--json"),
          QStringLiteral("--progress"),
          QStringLiteral("json"),
          QStringLiteral("--trace"),
          file(trace_file()),
          QStringLiteral("--links"),
          file(links_file()),
          QStringLiteral("--link-slices"),
          QString::number(sliceCount(request_.scenario))};
}

QString SimulationJob::take(const nlohmann::json& json) {
  answer_.plan_name = request_.plan_name;
  answer_.plan = request_.plan;
  answer_.revision = request_.revision;
  if (json.contains("no") && json["no"].is_string()) {
    answer_.impossible = QString::fromStdString(json["no"].get<std::string>());
    return tr("cannot be simulated: %1").arg(answer_.impossible);
  }
  answer_.simulated = json.at("time").at("value").get<double>();
  answer_.analytic = json.at("analytic").at("value").get<double>();
  for (const nlohmann::json& note : json.at("differences"))
    answer_.notes << QString::fromStdString(note.get<std::string>());
  if (QFileInfo::exists(file(trace_file()))) answer_.trace = file(trace_file());
  if (QFileInfo::exists(file(links_file()))) answer_.links = file(links_file());
  answer_.totals = linkTotals(json);
  // The list of jobs shows the last line, and all of it for the chosen job.
  QStringList lines = answer_.notes;
  lines << tr("%1 simulated")
               .arg(QString::fromStdString(costmodel::format_seconds(costmodel::Seconds(answer_.simulated))));
  return lines.join(QLatin1Char('\n'));
}

}  // namespace gui
