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

JobBar::JobBar(QWidget* parent)
    : QWidget(parent),
      title_(new QLabel(this)),
      bar_(new QProgressBar(this)),
      cancel_(new QToolButton(this)) {
  setObjectName(QStringLiteral("jobBar"));
  bar_->setRange(0, steps);
  bar_->setMaximumWidth(160);
  bar_->setMaximumHeight(16);
  bar_->setAccessibleName(tr("Progress of the simulation"));
  cancel_->setText(tr("Cancel"));
  cancel_->setAutoRaise(true);
  cancel_->setAccessibleName(tr("Cancel the simulation"));
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->addWidget(title_);
  row->addWidget(bar_);
  row->addWidget(cancel_);
  connect(cancel_, &QToolButton::clicked, this, &JobBar::cancel);
  hide();
}

void JobBar::start(SimulationRequest request) {
  cancel();
  title_->setText(tr("Simulating %1").arg(request.plan_name));
  bar_->setValue(0);
  if (job_) job_->deleteLater();
  job_ = new SimulationJob(std::move(request), this);
  connect(job_, &SimulationJob::progressed, this,
          [this](double share) { bar_->setValue(static_cast<int>(std::lround(share * steps))); });
  connect(job_, &SimulationJob::finished, this, [this](const SimulationAnswer& answer) {
    hide();
    Q_EMIT finished(answer);
  });
  connect(job_, &SimulationJob::failed, this, [this](const QString& message) {
    hide();
    Q_EMIT failed(message);
  });
  connect(job_, &SimulationJob::cancelled, this, &QWidget::hide);
  show();
  job_->start();
}

void JobBar::cancel() {
  if (job_) job_->cancel();
}

}  // namespace gui
