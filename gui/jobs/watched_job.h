// A job that runs elsewhere, in the list of jobs: it asks now and then whether it still runs.
#pragma once

#include <QTimer>
#include <functional>

#include "gui/jobs/job.h"

namespace gui {

class WatchedJob : public Job {
  Q_OBJECT

 public:
  struct Work {
    std::function<void()> start, cancel;
    std::function<bool()> running;
    std::function<std::optional<double>()> progress;  // 0 to 1; 1 is done, less at its end was cancelled
  };
  WatchedJob(QString kind, QString subject, Work work, QObject* parent = nullptr);

  void begin() override;
  void cancel() override;

 private:
  void look();

  Work work_;
  QTimer timer_;
};

}  // namespace gui
