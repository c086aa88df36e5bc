#include "gui/views/timeline_panel.h"

#include <QLabel>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/timeline/predicted_trace.h"

namespace gui {

namespace {

costmodel::TimelineRanks ranksOf(ShownGpus gpus, const costmodel::Plan& plan) {
  costmodel::TimelineRanks ranks;
  const int count = gpus == ShownGpus::all ? std::min(plan.world_size(), most_shown_gpus) : 0;
  for (int rank = 0; rank < count; ++rank) ranks.chosen.emplace_back(rank);
  return ranks;
}

}  // namespace

TimelinePanel::TimelinePanel(Selection& selection, QWidget* parent)
    : QWidget(parent), selection_(selection), view_(new TimelineView(this)), empty_(new QLabel(this)) {
  setObjectName(QStringLiteral("timeline"));
  if (view_->accessibleName().isEmpty())
    view_->setAccessibleName(tr("Timeline of the current plan and the baseline"));
  empty_->setAlignment(Qt::AlignCenter);
  empty_->setWordWrap(true);
  empty_->hide();
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(empty_);
  layout->addWidget(view_, 1);
  connect(&selection_, &Selection::comparisonChanged, this, [this] {
    if (isVisible()) recordNow();
  });
}

TimelinePanel::Request TimelinePanel::present() const {
  return {selection_.evaluation(), selection_.current(), selection_.baseline(), gpus_};
}

// An evaluation that only gained its flip points has the same plans.
bool TimelinePanel::Request::sameAs(const Request& other) const {
  return evaluation && other.evaluation && evaluation->revision == other.evaluation->revision &&
         current == other.current && baseline == other.baseline && gpus == other.gpus;
}

TimelinePanel::Traces TimelinePanel::recorded(const Request& request) {
  Traces traces;
  const costmodel::Pricer pricer(request.evaluation->scenario);
  const auto record = [&](int index) {
    const costmodel::PlanReport* report = request.evaluation->report(index);
    // A plan that was never priced breaks a rule: it has a reason and no timeline.
    return report == nullptr || !report->priced()
               ? TimelineTrace{}
               : makeTimelineTrace(pricer, report->price.plan, ranksOf(request.gpus, report->price.plan));
  };
  try {
    traces.current = record(request.current);
    if (request.baseline != request.current) traces.baseline = record(request.baseline);
  } catch (const std::exception& error) {
    traces.problem = QString::fromUtf8(error.what());
  }
  return traces;
}

void TimelinePanel::showTraces(const Request& request, const Traces& traces) {
  shown_ = request;
  const bool nothing = traces.current.empty() && traces.baseline.empty();
  const costmodel::PlanReport* current = request.evaluation->report(request.current);
  empty_->setText(!traces.problem.isEmpty() ? traces.problem
                  : current != nullptr && !current->runs()
                      ? tr("%1 has no timeline: %2")
                            .arg(QString::fromStdString(current->name),
                                 QString::fromStdString(current->price.rejected->text))
                      : tr("Select a plan."));
  empty_->setVisible(nothing);
  view_->setVisible(!nothing);
  // What was simulated belonged to the plan before.
  view_->setMeasured(PlanSlot::upper, {});
  // A plan without one leaves its place to the other.
  if (traces.current.empty())
    view_->setTraces(traces.baseline);
  else
    view_->setTraces(traces.current, traces.baseline);
}

void TimelinePanel::setGpus(ShownGpus gpus) {
  gpus_ = gpus;
  recordNow();
}

void TimelinePanel::showEvent(QShowEvent* event) {
  recordNow();
  QWidget::showEvent(event);
}

void TimelinePanel::recordNow() {
  const Request wanted = present();
  if (!wanted.evaluation || wanted.sameAs(shown_)) return;
  showTraces(wanted, recorded(wanted));
}

}  // namespace gui
