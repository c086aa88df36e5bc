#include "gui/jobs/watched_job.h"

namespace gui {

namespace {
constexpr int look_ms = 50;
}

WatchedJob::WatchedJob(QString kind, QString subject, Work work, QObject* parent)
    : Job(std::move(kind), std::move(subject), parent), work_(std::move(work)) {
  timer_.setInterval(look_ms);
  connect(&timer_, &QTimer::timeout, this, &WatchedJob::look);
}

void WatchedJob::begin() {
  setState(JobState::running);
  work_.start();
  timer_.start();
}

void WatchedJob::cancel() {
  if (over()) return;
  timer_.stop();
  if (running()) work_.cancel();
  setState(JobState::cancelled);
}

void WatchedJob::look() {
  const std::optional<double> share = work_.progress();
  if (work_.running()) {
    if (share && share != progress()) setProgress(*share);
    return;
  }
  timer_.stop();
  setState(!share || *share >= 1 ? JobState::done : JobState::cancelled);
}

}  // namespace gui
