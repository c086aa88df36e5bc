#include "gui/jobs/simulation_job.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <QStandardPaths>
#include <nlohmann/json.hpp>

#include "costmodel/plan/plan_text.h"
#include "costmodel/spec/scenario_writer.h"

namespace gui {

namespace {

constexpr int patience_ms = 2000;  // between SIGTERM and SIGKILL
constexpr int answered = 0;
constexpr int answer_is_no = 1;

// Every axis, since what a text leaves open would be chosen anew.
QString allAxes(const costmodel::Plan& plan) {
  QStringList axes;
  for (const auto& [key, value] : costmodel::axes_of(plan))
    axes << QString::fromStdString(key) + QLatin1Char('=') + QString::fromStdString(value);
  return axes.join(QLatin1Char(':'));
}

SimulationAnswer answerOf(const nlohmann::json& json, const SimulationRequest& request,
                          const QString& trace) {
  SimulationAnswer answer;
  answer.plan_name = request.plan_name;
  answer.revision = request.revision;
  if (json.contains("no") && json["no"].is_string()) {
    answer.impossible = QString::fromStdString(json["no"].get<std::string>());
    return answer;
  }
  answer.simulated = json.at("time").at("value").get<double>();
  answer.analytic = json.at("analytic").at("value").get<double>();
  for (const nlohmann::json& note : json.at("differences"))
    answer.notes << QString::fromStdString(note.get<std::string>());
  if (QFileInfo::exists(trace)) answer.trace = trace;
  return answer;
}

}  // namespace

QString ringsideCommand() {
  const QString given = qEnvironmentVariable("RINGSIDE_COMMAND");
  if (!given.isEmpty()) return given;
  const QString here = QCoreApplication::applicationDirPath();
  for (const QString& path : {here + QStringLiteral("/ringside"), here + QStringLiteral("/../cli/ringside")})
    if (QFileInfo(path).isExecutable()) return path;
  return QStandardPaths::findExecutable(QStringLiteral("ringside"));
}

SimulationJob::SimulationJob(SimulationRequest request, QObject* parent)
    : QObject(parent), request_(std::move(request)) {
  killer_.setSingleShot(true);
  connect(&killer_, &QTimer::timeout, &process_, &QProcess::kill);
  connect(&process_, &QProcess::readyReadStandardError, this, [this] {
    lines_.add(process_.readAllStandardError());
    if (state_ == State::running && lines_.progress()) Q_EMIT progressed(*lines_.progress());
  });
  connect(&process_, &QProcess::finished, this, &SimulationJob::ended);
  connect(&process_, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
    if (error == QProcess::FailedToStart)
      fail(tr("%1 cannot be started: %2").arg(process_.program(), process_.errorString()));
  });
}

SimulationJob::~SimulationJob() {
  if (process_.state() == QProcess::NotRunning) return;
  disconnect(&process_, nullptr, this, nullptr);
  process_.terminate();
  if (!process_.waitForFinished(patience_ms)) {
    process_.kill();
    process_.waitForFinished();
  }
}

bool SimulationJob::writeScenario() {
  QFile file(folder_.filePath(QStringLiteral("scenario.toml")));
  const QByteArray text = QByteArray::fromStdString(costmodel::scenario_text(request_.scenario));
  return folder_.isValid() && file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
}

void SimulationJob::start(const QString& command) {
  state_ = State::running;
  if (command.isEmpty()) {
    fail(tr("the program ringside is not there; expected it beside ringside-gui or on the PATH"));
    return;
  }
  if (!writeScenario()) {
    fail(tr("a temporary file cannot be written: %1").arg(folder_.errorString()));
    return;
  }
  process_.start(command, {QStringLiteral("simulate"), folder_.filePath(QStringLiteral("scenario.toml")),
                           QStringLiteral("--plan"), allAxes(request_.plan), QStringLiteral("--json"),
                           QStringLiteral("--progress"), QStringLiteral("json"), QStringLiteral("--trace"),
                           folder_.filePath(QStringLiteral("trace.json"))});
}

void SimulationJob::cancel() {
  if (state_ != State::running) return;
  state_ = State::over;
  process_.terminate();
  killer_.start(patience_ms);
  Q_EMIT cancelled();
}

void SimulationJob::fail(const QString& message) {
  if (state_ != State::running) return;
  state_ = State::over;
  Q_EMIT failed(tr("Simulation of %1: %2").arg(request_.plan_name, message));
}

void SimulationJob::ended(int status, QProcess::ExitStatus how) {
  killer_.stop();
  if (state_ != State::running) return;
  if (how == QProcess::CrashExit) {
    fail(tr("the process crashed. %1").arg(lines_.messages()));
    return;
  }
  const QByteArray output = process_.readAllStandardOutput();
  const auto json = nlohmann::json::parse(output.begin(), output.end(), nullptr, false);
  if ((status != answered && status != answer_is_no) || !json.is_object()) {
    const bool told = json.is_object() && json.contains("error");
    fail(told ? QString::fromStdString(json["error"].value("message", std::string()))
              : tr("exit status %1. %2").arg(status).arg(lines_.messages()));
    return;
  }
  try {
    const SimulationAnswer answer = answerOf(json, request_, folder_.filePath(QStringLiteral("trace.json")));
    state_ = State::over;
    Q_EMIT finished(answer);
  } catch (const nlohmann::json::exception& error) {
    fail(tr("the answer cannot be read: %1").arg(QString::fromUtf8(error.what())));
  }
}

}  // namespace gui
