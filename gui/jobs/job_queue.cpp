#include "gui/jobs/job_queue.h"

#include <algorithm>

namespace gui {

namespace {
constexpr std::ptrdiff_t most_kept = 100;
}

JobQueue::JobQueue(int at_once, QObject* parent) : QObject(parent), at_once_(std::max(1, at_once)) {}

void JobQueue::add(Job* job) {
  job->setParent(this);
  std::vector<Job*> old;
  std::ptrdiff_t too_many =
      std::count_if(jobs_.begin(), jobs_.end(), [](Job* j) { return j->over(); }) + 1 - most_kept;
  for (Job* each : jobs_)
    if (too_many > 0 && each->over()) {
      old.push_back(each);
      --too_many;
    }
  remove(old);
  jobs_.push_back(job);
  connect(job, &Job::changed, this, [this, job] { Q_EMIT jobChanged(job); });
  // Queued: a job may end while it is being started.
  connect(
      job, &Job::ended, this,
      [this, job] {
        Q_EMIT ended(job);
        startNext();
      },
      Qt::QueuedConnection);
  Q_EMIT added(job);
  startNext();
}

void JobQueue::startNext() {
  int room = at_once_ - runningCount();
  for (std::size_t i = 0; i < jobs_.size() && room > 0; ++i) {
    Job* job = jobs_[i];
    if (job->state() != JobState::waiting) continue;
    --room;
    job->begin();
  }
}

int JobQueue::runningCount() const {
  return static_cast<int>(std::count_if(jobs_.begin(), jobs_.end(), [](Job* job) { return job->running(); }));
}

int JobQueue::waitingCount() const {
  return static_cast<int>(
      std::count_if(jobs_.begin(), jobs_.end(), [](Job* job) { return job->state() == JobState::waiting; }));
}

// Those that wait first, so that none of them starts in the place of another.
void JobQueue::cancelAll() {
  const std::vector<Job*> all = jobs_;
  for (Job* job : all)
    if (job->state() == JobState::waiting) job->cancel();
  for (Job* job : all)
    if (job->running()) job->cancel();
}

void JobQueue::forgetOver() {
  std::vector<Job*> gone;
  std::copy_if(jobs_.begin(), jobs_.end(), std::back_inserter(gone), [](Job* job) { return job->over(); });
  remove(gone);
}

void JobQueue::remove(const std::vector<Job*>& gone) {
  if (gone.empty()) return;
  Q_EMIT aboutToReset();
  std::erase_if(jobs_, [&](Job* job) { return std::find(gone.begin(), gone.end(), job) != gone.end(); });
  Q_EMIT reset();
  for (Job* job : gone) job->deleteLater();
}

}  // namespace gui
