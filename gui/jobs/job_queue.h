// All jobs of the window, running and over: as many run at once as the machine has cores, the others wait.
#pragma once

#include <QObject>
#include <QThread>
#include <vector>

#include "gui/jobs/job.h"

namespace gui {

class JobQueue : public QObject {
  Q_OBJECT

 public:
  explicit JobQueue(int at_once = std::max(1, QThread::idealThreadCount()), QObject* parent = nullptr);

  // Takes the job over, and starts it when there is room.
  void add(Job* job);
  // Oldest first; jobs that are over stay, the newest hundred of them.
  const std::vector<Job*>& jobs() const { return jobs_; }
  int runningCount() const;
  int waitingCount() const;
  bool busy() const { return runningCount() + waitingCount() > 0; }
  void cancelAll();
  void forgetOver();

 Q_SIGNALS:
  void added(gui::Job* job);
  void jobChanged(gui::Job* job);
  void ended(gui::Job* job);
  // Before the list becomes another; jobs that leave it are deleted after that.
  void aboutToReset();
  void reset();

 private:
  void startNext();
  void remove(const std::vector<Job*>& gone);

  int at_once_;
  std::vector<Job*> jobs_;
};

}  // namespace gui
