#include "gui/jobs/child_job.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <QStandardPaths>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "costmodel/plan/plan_text.h"
#include "costmodel/spec/scenario_writer.h"

namespace gui {

namespace {

constexpr int patience_ms = 2000;  // between SIGTERM and SIGKILL
constexpr int answered = 0;
constexpr int answer_is_no = 1;

// "rows.csv:2:168: metric: what is wrong", as the command line prints it.
QString toldText(const nlohmann::json& error) {
  const auto text = [&](const char* key) {
    return error.contains(key) && error[key].is_string()
               ? QString::fromStdString(error[key].get<std::string>())
               : QString();
  };
  QStringList parts;
  if (const QString file = text("file"); !file.isEmpty()) {
    parts << QFileInfo(file).fileName();
    for (const char* key : {"line", "column"})
      if (error.contains(key) && error[key].is_number_integer() && error[key].get<int>() > 0)
        parts.back() += QLatin1Char(':') + QString::number(error[key].get<int>());
  }
  if (const QString key = text("key"); !key.isEmpty()) parts << key;
  parts << text("message");
  return parts.join(QStringLiteral(": "));
}

}  // namespace

QString ringsideCommand() {
  QString given = qEnvironmentVariable("RINGSIDE_COMMAND");
  if (!given.isEmpty()) return given;
  const QString here = QCoreApplication::applicationDirPath();
  for (const QString& path : {here + QStringLiteral("/ringside"), here + QStringLiteral("/../cli/ringside")})
    if (QFileInfo(path).isExecutable()) return path;
  return QStandardPaths::findExecutable(QStringLiteral("ringside"));
}

QString allAxes(const costmodel::Plan& plan) {
  QStringList axes;
  for (const auto& [key, value] : costmodel::axes_of(plan))
    axes << QString::fromStdString(key) + QLatin1Char('=') + QString::fromStdString(value);
  return axes.join(QLatin1Char(':'));
}

ChildJob::ChildJob(QString kind, QString subject, QObject* parent)
    : Job(std::move(kind), std::move(subject), parent) {
  killer_.setSingleShot(true);
  connect(&killer_, &QTimer::timeout, &process_, &QProcess::kill);
  connect(&process_, &QProcess::readyReadStandardError, this, [this] {
    lines_.add(process_.readAllStandardError());
    if (!running() || !lines_.progress()) return;
    setProgress(*lines_.progress());
    Q_EMIT progressed(*lines_.progress());
  });
  connect(&process_, &QProcess::finished, this, &ChildJob::childEnded);
  connect(&process_, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
    if (error == QProcess::FailedToStart)
      fail(tr("%1 cannot be started: %2").arg(process_.program(), process_.errorString()));
  });
}

ChildJob::~ChildJob() {
  if (process_.state() == QProcess::NotRunning) return;
  disconnect(&process_, nullptr, this, nullptr);
  process_.terminate();
  if (!process_.waitForFinished(patience_ms)) {
    process_.kill();
    process_.waitForFinished();
  }
}

void ChildJob::writeFile(const QString& name, const QByteArray& text) const {
  QFile written(file(name));
  if (!folder_.isValid() || !written.open(QIODevice::WriteOnly) || written.write(text) != text.size())
    throw std::runtime_error(tr("a temporary file cannot be written: %1")
                                 .arg(folder_.isValid() ? written.errorString() : folder_.errorString())
                                 .toStdString());
}

void ChildJob::writeScenario(const costmodel::Scenario& scenario) const {
  writeFile(QStringLiteral("scenario.toml"), QByteArray::fromStdString(costmodel::scenario_text(scenario)));
}

void ChildJob::start(const QString& command) {
  setState(JobState::running);
  if (command.isEmpty()) {
    fail(tr("the program ringside is not there; expected it beside ringside-gui or on the PATH"));
    return;
  }
  try {
    process_.start(command, arguments());
  } catch (const std::exception& error) {
    fail(QString::fromUtf8(error.what()));
  }
}

void ChildJob::cancel() {
  if (over()) return;
  if (running()) {
    process_.terminate();
    killer_.start(patience_ms);
  }
  setState(JobState::cancelled);
  Q_EMIT cancelled();
}

void ChildJob::fail(const QString& message) {
  if (!running()) return;
  setMessage(message);
  setState(JobState::failed);
  Q_EMIT failed(QStringLiteral("%1 %2: %3").arg(kind(), subject(), message));
}

void ChildJob::childEnded(int status, QProcess::ExitStatus how) {
  killer_.stop();
  if (!running()) return;
  if (how == QProcess::CrashExit) {
    fail(tr("the process crashed. %1").arg(lines_.messages()));
    return;
  }
  const QByteArray output = process_.readAllStandardOutput();
  const auto json = nlohmann::json::parse(output.begin(), output.end(), nullptr, false);
  if ((status != answered && status != answer_is_no) || !json.is_object()) {
    const bool told = json.is_object() && json.contains("error") && json["error"].is_object();
    const QString said = status == answer_is_no ? QString::fromUtf8(output).trimmed() : QString();
    fail(told              ? toldText(json["error"])
         : !said.isEmpty() ? said
                           : tr("exit status %1. %2").arg(status).arg(lines_.messages()));
    return;
  }
  try {
    setMessage(take(json));
  } catch (const nlohmann::json::exception& error) {
    fail(tr("the answer cannot be read: %1").arg(QString::fromUtf8(error.what())));
    return;
  } catch (const std::exception& error) {
    fail(QString::fromUtf8(error.what()));
    return;
  }
  setState(JobState::done);
  announce();
}

QByteArray ChildJob::writtenText(const QString& name) const {
  QFile written(file(name));
  if (!written.open(QIODevice::ReadOnly))
    throw std::runtime_error(tr("%1 was not written: %2").arg(name, written.errorString()).toStdString());
  return written.readAll();
}

}  // namespace gui
