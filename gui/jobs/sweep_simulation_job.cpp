#include "gui/jobs/sweep_simulation_job.h"

#include <nlohmann/json.hpp>

namespace gui {

namespace {

QString axisText(const char* key, const std::vector<std::string>& values) {
  QStringList list;
  for (const std::string& value : values) list << QString::fromStdString(value);
  return QString::fromLatin1(key) + QLatin1Char('=') + list.join(QLatin1Char(','));
}

}  // namespace

SweepSimulationJob::SweepSimulationJob(SweepSimulationRequest request, QObject* parent)
    : ChildJob(tr("Simulate a sweep"), tr("%n points", "", static_cast<int>(request.grid.size())), parent),
      request_(std::move(request)) {}

QStringList SweepSimulationJob::arguments() {
  writeScenario(request_.scenario);
  QStringList arguments{QStringLiteral("sweep"), file(QStringLiteral("scenario.toml")),
                        QStringLiteral("--over"), axisText("sequence", request_.grid.sequences)};
  // Nodes that differ have no number to turn.
  if (request_.scenario.cluster.uniform())
    arguments << QStringLiteral("--over") << axisText("nodes", request_.grid.nodes);
  return arguments << QStringLiteral("--simulate") << QStringLiteral("--json") << QStringLiteral("--progress")
                   << QStringLiteral("json");
}

QString SweepSimulationJob::take(const nlohmann::json& json) {
  answer_.revision = request_.revision;
  int simulated = 0;
  for (const nlohmann::json& point : json.at("points")) {
    const nlohmann::json& at = point.at("at");
    SimulatedWinner winner;
    winner.sequence = at.at("sequence").get<std::string>();
    winner.nodes = at.contains("nodes") ? at["nodes"].get<std::string>() : request_.grid.nodes.front();
    const nlohmann::json& plans = point.at("plans");
    if (!plans.empty() && plans.front().value("simulated", nlohmann::json()).is_object()) {
      winner.plan = plans.front().at("name").get<std::string>();
      winner.seconds = plans.front()["simulated"].at("value").get<double>();
      ++simulated;
    } else {
      const nlohmann::json why =
          plans.empty() ? nlohmann::json() : plans.front().value("not_simulated", nlohmann::json());
      const nlohmann::json& problem = point.at("problem");
      winner.reason = why.is_string()       ? QString::fromStdString(why.get<std::string>())
                      : problem.is_string() ? QString::fromStdString(problem.get<std::string>())
                                            : tr("not simulated");
    }
    answer_.points.push_back(std::move(winner));
  }
  return tr("%1 of %2 points simulated").arg(simulated).arg(answer_.points.size());
}

}  // namespace gui
