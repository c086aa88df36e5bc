// One run of the program `ringside` in a process of its own: files for it, progress, cancel, its answer in
// JSON or what went wrong.  A child that crashes costs this job and nothing else.
#pragma once

#include <QProcess>
#include <QTemporaryDir>
#include <QTimer>
#include <nlohmann/json_fwd.hpp>

#include "costmodel/plan/plan.h"
#include "costmodel/spec/scenario.h"
#include "gui/jobs/child_lines.h"
#include "gui/jobs/job.h"

namespace gui {

// The program `ringside`: RINGSIDE_COMMAND, beside this program, in the build folder, or on the PATH.
QString ringsideCommand();
// A plan as --plan takes it, with every axis, since what a text leaves open would be chosen anew.
QString allAxes(const costmodel::Plan& plan);

class ChildJob : public Job {
  Q_OBJECT

 public:
  ChildJob(QString kind, QString subject, QObject* parent = nullptr);
  ~ChildJob() override;

  void begin() override { start(); }
  void start(const QString& command = ringsideCommand());
  // Returns at once; the process gets SIGTERM, and SIGKILL when it does not listen.
  void cancel() override;

 Q_SIGNALS:
  void progressed(double share);
  // One of these ends every job that was started; the classes below add the third, with their answer.
  void failed(const QString& message);
  void cancelled();

 protected:
  // Writes what the child reads and returns its arguments; throws costmodel::Error or std::runtime_error.
  virtual QStringList arguments() = 0;
  // The child's answer.  Returns what it says in a few words; may throw as json does, or costmodel::Error.
  virtual QString take(const nlohmann::json& answer) = 0;
  // Tells whoever waits for the answer, when the job is done.
  virtual void announce() = 0;

  QString file(const QString& name) const { return folder_.filePath(name); }
  // What the child wrote into such a file.  Throws std::runtime_error when it is not there.
  QByteArray writtenText(const QString& name) const;
  void writeFile(const QString& name, const QByteArray& text) const;
  void writeScenario(const costmodel::Scenario& scenario) const;  // as scenario.toml

 private:
  void childEnded(int status, QProcess::ExitStatus how);
  void fail(const QString& message);

  QTemporaryDir folder_;
  QProcess process_;
  QTimer killer_;
  ChildLines lines_;
};

}  // namespace gui
