#include "gui/jobs/job.h"

namespace gui {

QString name_of(JobState state) {
  switch (state) {
    case JobState::waiting: return Job::tr("waiting");
    case JobState::running: return Job::tr("running");
    case JobState::done: return Job::tr("done");
    case JobState::failed: return Job::tr("failed");
    case JobState::cancelled: return Job::tr("cancelled");
  }
  return {};
}

Job::Job(QString kind, QString subject, QObject* parent)
    : QObject(parent), kind_(std::move(kind)), subject_(std::move(subject)) {}

double Job::seconds() const { return running() ? static_cast<double>(clock_.elapsed()) * 1e-3 : took_; }

void Job::setState(JobState state) {
  if (state == JobState::running) clock_.start();
  if (running()) took_ = static_cast<double>(clock_.elapsed()) * 1e-3;
  state_ = state;
  if (state_ == JobState::done) progress_ = 1;
  Q_EMIT changed();
  if (over()) Q_EMIT ended();
}

void Job::setProgress(double share) {
  progress_ = share;
  Q_EMIT changed();
}

}  // namespace gui
