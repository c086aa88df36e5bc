// The running job in the status bar: what it is, how far, and the way to end it.
#pragma once

#include <QPointer>
#include <QWidget>

#include "gui/jobs/simulation_job.h"

class QLabel;
class QProgressBar;
class QToolButton;

namespace gui {

class JobBar : public QWidget {
  Q_OBJECT

 public:
  explicit JobBar(QWidget* parent = nullptr);

  // Ends the job before, if one runs.
  void start(SimulationRequest request);
  void cancel();
  bool running() const { return job_ && job_->running(); }

 Q_SIGNALS:
  void finished(const gui::SimulationAnswer& answer);
  void failed(const QString& message);

 private:
  QLabel* title_;
  QProgressBar* bar_;
  QToolButton* cancel_;
  QPointer<SimulationJob> job_;
};

}  // namespace gui
