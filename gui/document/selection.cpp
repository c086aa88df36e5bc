#include "gui/document/selection.h"

#include <algorithm>

namespace gui {

namespace {

// What the answer is measured against when nobody chose: the rings that people know, a flat one first, since
// it shows what the network does; else the runner-up.
int usualBaseline(const Evaluation& evaluation) {
  for (const char* family : {"zigzag-ring", "ring", "tensor"}) {
    const int index = evaluation.indexOfFamily(family);
    const costmodel::PlanReport* report = evaluation.report(index);
    if (report != nullptr && report->runs() && index != evaluation.winner) return index;
  }
  for (const char* family : {"ring", "zigzag-ring"})
    if (const int index = evaluation.indexOfFamily(family); index >= 0 && evaluation.report(index)->priced())
      return index;
  for (int i = 0; evaluation.report(i) != nullptr; ++i)
    if (i != evaluation.winner && evaluation.report(i)->priced()) return i;
  return -1;
}

// Where the eye goes first: the answer; when nothing runs, the plan that misses by least.
int usualCurrent(const Evaluation& evaluation) {
  if (evaluation.winner >= 0) return evaluation.winner;
  int nearest = evaluation.reports.empty() ? -1 : 0;
  const costmodel::PlanReport* least = nullptr;
  for (int i = 0; evaluation.report(i) != nullptr; ++i) {
    const costmodel::PlanReport* report = evaluation.report(i);
    const bool nearer = report->priced() && (least == nullptr || report->price.memory < least->price.memory ||
                                             (report->price.memory == least->price.memory &&
                                              report->price.per_replica() < least->price.per_replica()));
    if (!nearer) continue;
    least = report;
    nearest = i;
  }
  return nearest;
}

}  // namespace

Selection::Selection(Evaluator& evaluator, QObject* parent) : QObject(parent), evaluator_(evaluator) {
  connect(&evaluator_, &Evaluator::evaluated, this, &Selection::take);
  connect(&evaluator_, &Evaluator::completed, this, [this] {
    evaluation_ = evaluator_.evaluation();
    Q_EMIT verdictCompleted();
  });
  connect(&evaluator_, &Evaluator::keptChanged, this, &Selection::keptChanged);
}

const costmodel::PlanReport* Selection::currentReport() const {
  return evaluation_ ? evaluation_->report(current_) : nullptr;
}

const costmodel::PlanReport* Selection::baselineReport() const {
  return evaluation_ ? evaluation_->report(baseline_) : nullptr;
}

int Selection::followed(const std::string& family) const {
  return family.empty() ? -1 : evaluation_->indexOfFamily(family);
}

void Selection::take() {
  // A choice is the plan itself while it is there, then its family.
  const costmodel::PlanReport* before = currentReport();
  const costmodel::PlanReport* baseline_before = baselineReport();
  const auto same = [&](const costmodel::PlanReport* report, const EvaluationPtr& next) {
    return report == nullptr ? -1 : next->indexOf(report->price.plan);
  };
  const EvaluationPtr next = evaluator_.evaluation();
  const int same_current = current_family_.empty() ? -1 : same(before, next);
  const int same_baseline = baseline_family_.empty() ? -1 : same(baseline_before, next);
  evaluation_ = next;
  hovered_ = -1;
  // What is not shown any more, as after opening another project, is not marked either.
  const bool fewer = std::erase_if(marked_, [&](const auto& plan) { return next->indexOf(plan) < 0; }) > 0;
  current_ = same_current >= 0 ? same_current : followed(current_family_);
  if (awaited_ && evaluation_->indexOf(*awaited_) >= 0) {
    current_ = evaluation_->indexOf(*awaited_);
    awaited_.reset();
  }
  if (current_ < 0) current_ = usualCurrent(*evaluation_);
  baseline_ = same_baseline >= 0 ? same_baseline : followed(baseline_family_);
  if (baseline_ < 0) baseline_ = usualBaseline(*evaluation_);
  Q_EMIT evaluationChanged();
  if (fewer) Q_EMIT markedChanged();
  Q_EMIT currentChanged();
  Q_EMIT baselineChanged();
  Q_EMIT comparisonChanged();
}

void Selection::setCurrent(int index) {
  if (!evaluation_ || evaluation_->report(index) == nullptr || index == current_) return;
  current_ = index;
  current_family_ = index == usualCurrent(*evaluation_)
                        ? ""
                        : costmodel::plan_family(evaluation_->report(index)->price.plan);
  Q_EMIT currentChanged();
  Q_EMIT comparisonChanged();
}

void Selection::setBaseline(int index) {
  if (!evaluation_ || evaluation_->report(index) == nullptr || index == baseline_) return;
  baseline_ = index;
  baseline_family_ = costmodel::plan_family(evaluation_->report(index)->price.plan);
  Q_EMIT baselineChanged();
  Q_EMIT comparisonChanged();
}

void Selection::forgetChoices() {
  if (!currentIsChosen() && !baselineIsChosen()) return;
  current_family_.clear();
  baseline_family_.clear();
  awaited_.reset();
  if (!evaluation_) return;
  current_ = usualCurrent(*evaluation_);
  baseline_ = usualBaseline(*evaluation_);
  Q_EMIT currentChanged();
  Q_EMIT baselineChanged();
  Q_EMIT comparisonChanged();
}

void Selection::setHovered(int index) {
  if (index == hovered_) return;
  hovered_ = index;
  Q_EMIT hoveredChanged();
}

bool Selection::chooseCurrent(const std::string& name) {
  const int index = evaluation_ ? evaluation_->indexOfFamily(name) : -1;
  setCurrent(index);
  return index >= 0;
}

bool Selection::chooseBaseline(const std::string& name) {
  const int index = evaluation_ ? evaluation_->indexOfFamily(name) : -1;
  setBaseline(index);
  return index >= 0;
}

void Selection::choosePlan(const costmodel::Plan& plan) {
  const int index = evaluation_ ? evaluation_->indexOf(plan) : -1;
  if (index >= 0) {
    setCurrent(index);
    return;
  }
  awaited_ = plan;
  current_family_ = costmodel::plan_family(plan);
  evaluator_.pin({plan});
}

bool Selection::isMarked(const costmodel::Plan& plan) const {
  return std::find(marked_.begin(), marked_.end(), plan) != marked_.end();
}

void Selection::toggleKept(int index) {
  const costmodel::PlanReport* report = evaluation_ ? evaluation_->report(index) : nullptr;
  if (report == nullptr) return;
  if (isKept(report->price.plan))
    evaluator_.release(report->price.plan);
  else
    evaluator_.keep(report->price.plan);
}

void Selection::mark(const std::vector<costmodel::Plan>& plans) {
  if (plans == marked_) return;
  marked_ = plans;
  Q_EMIT markedChanged();
  if (plans.empty()) return;
  evaluator_.pin(plans);
  choosePlan(plans.front());
}

}  // namespace gui
