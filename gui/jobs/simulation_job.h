// One run of `ringside simulate` in a process of its own: progress, cancel, the answer or what went wrong.  A
// child that crashes costs this job and nothing else.
#pragma once

#include <QObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTimer>

#include "costmodel/plan/plan.h"
#include "costmodel/spec/scenario.h"
#include "gui/jobs/child_lines.h"

namespace gui {

struct SimulationRequest {
  costmodel::Scenario scenario;
  costmodel::Plan plan;
  QString plan_name;
  int revision = 0;  // of the project; an answer to an older one is stale
};

struct SimulationAnswer {
  QString plan_name;
  int revision = 0;
  double simulated = 0;  // s
  double analytic = 0;   // s: what the cost model says
  QStringList notes;     // in which way they differ
  QString impossible;    // the reason why it cannot be simulated, else empty
  QString trace;         // a Chrome trace; lives as long as the job
};

// The program `ringside`: RINGSIDE_COMMAND, beside this program, in the build folder, or on the PATH.
QString ringsideCommand();

class SimulationJob : public QObject {
  Q_OBJECT

 public:
  explicit SimulationJob(SimulationRequest request, QObject* parent = nullptr);
  ~SimulationJob() override;

  void start(const QString& command = ringsideCommand());
  // Returns at once; the process gets SIGTERM, and SIGKILL when it does not listen.
  void cancel();
  bool running() const { return state_ == State::running; }

 Q_SIGNALS:
  void progressed(double share);
  // One of these ends every job that was started.
  void finished(const gui::SimulationAnswer& answer);
  void failed(const QString& message);
  void cancelled();

 private:
  enum class State { idle, running, over };
  void ended(int status, QProcess::ExitStatus how);
  void fail(const QString& message);
  bool writeScenario();

  SimulationRequest request_;
  QTemporaryDir folder_;
  QProcess process_;
  QTimer killer_;
  ChildLines lines_;
  State state_ = State::idle;
};

}  // namespace gui
