#include "gui/jobs/job_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QToolButton>
#include <cmath>

namespace gui {

namespace {
constexpr int steps = 1000;
}

JobBar::JobBar(JobQueue& queue, QWidget* parent)
    : QWidget(parent),
      queue_(queue),
      title_(new QLabel(this)),
      bar_(new QProgressBar(this)),
      cancel_(new QToolButton(this)) {
  setObjectName(QStringLiteral("jobBar"));
  bar_->setMaximumWidth(160);
  bar_->setMaximumHeight(16);
  bar_->setAccessibleName(tr("Progress of the newest job"));
  cancel_->setText(tr("Cancel"));
  cancel_->setAutoRaise(true);
  cancel_->setAccessibleName(tr("Cancel the newest job"));
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->addWidget(title_);
  row->addWidget(bar_);
  row->addWidget(cancel_);
  connect(cancel_, &QToolButton::clicked, this, &JobBar::cancel);
  connect(&queue_, &JobQueue::added, this, &JobBar::refresh);
  connect(&queue_, &JobQueue::jobChanged, this, &JobBar::refresh);
  connect(&queue_, &JobQueue::reset, this, &JobBar::refresh);
  hide();
}

// The newest that runs; while none does, the first that waits.
Job* JobBar::shown() const {
  Job* running = nullptr;
  Job* waiting = nullptr;
  for (Job* job : queue_.jobs()) {
    if (job->running()) running = job;
    if (waiting == nullptr && job->state() == JobState::waiting) waiting = job;
  }
  return running != nullptr ? running : waiting;
}

void JobBar::refresh() {
  const Job* job = shown();
  setVisible(job != nullptr);
  if (job == nullptr) return;
  const int others = queue_.runningCount() + queue_.waitingCount() - 1;
  const QString words = QStringLiteral("%1 %2").arg(job->kind(), job->subject());
  title_->setText(others > 0 ? tr("%1, %2 more").arg(words).arg(others) : words);
  if (const std::optional<double> share = job->progress()) {
    bar_->setRange(0, steps);
    bar_->setValue(static_cast<int>(std::lround(*share * steps)));
  } else {
    bar_->setRange(0, 0);  // busy, nobody knows how long
  }
}

void JobBar::cancel() {
  if (Job* job = shown()) job->cancel();
}

}  // namespace gui
