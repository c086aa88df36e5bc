// The jobs that run, in the status bar: the newest, how far it is, how many more, and the way to end it.
#pragma once

#include <QWidget>

#include "gui/jobs/job_queue.h"

class QLabel;
class QProgressBar;
class QToolButton;

namespace gui {

class JobBar : public QWidget {
  Q_OBJECT

 public:
  explicit JobBar(JobQueue& queue, QWidget* parent = nullptr);

  void cancel();  // the one it shows
  bool running() const { return queue_.busy(); }

 private:
  Job* shown() const;
  void refresh();

  JobQueue& queue_;
  QLabel* title_;
  QProgressBar* bar_;
  QToolButton* cancel_;
};

}  // namespace gui
