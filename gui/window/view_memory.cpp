#include "gui/window/view_memory.h"

#include <QFileInfo>
#include <utility>

#include "costmodel/base/error.h"
#include "costmodel/plan/plan_alias.h"
#include "gui/jobs/child_job.h"
#include "gui/timeline/timeline_view.h"
#include "gui/views/timeline_panel.h"
#include "gui/window/main_window.h"
#include "gui/window/session.h"

namespace gui {

namespace {

// The plan that the axes say, when this scenario still has it.
std::optional<costmodel::Plan> planOf(const QString& axes, const costmodel::Scenario& scenario) {
  try {
    return costmodel::plan_from_alias(axes.toStdString(), scenario);
  } catch (const costmodel::Error&) {
    return std::nullopt;
  }
}

}  // namespace

ViewMemory::ViewMemory(Session& session, MainWindow& window)
    : QObject(&window), session_(session), window_(window), shown_(project()) {
  connect(&session_.project, &Project::fileChanged, this, &ViewMemory::projectChanged);
  // After the views have taken the evaluation.
  connect(
      &session_.selection, &Selection::evaluationChanged, this,
      [this] {
        if (std::exchange(awaited_, false)) recall(Choices::replace);
      },
      Qt::QueuedConnection);
  if (session_.selection.evaluation()) recall(Choices::keep);
}

QString ViewMemory::project() const {
  const QString& path = session_.project.path();
  return path.isEmpty() ? session_.project.title() : QFileInfo(path).absoluteFilePath();
}

// The views still show the project before, unless it was only saved under another name.
void ViewMemory::projectChanged() {
  const EvaluationPtr& evaluation = session_.selection.evaluation();
  const bool another = !evaluation || evaluation->revision != session_.project.revision();
  if (another) {
    if (!awaited_) store();
    awaited_ = true;
  }
  shown_ = project();
}

ViewState ViewMemory::present() const {
  const Selection& selection = session_.selection;
  ViewState state;
  state.layout = window_.layoutState();
  if (selection.currentIsChosen() && selection.currentReport() != nullptr) {
    state.current = allAxes(selection.currentReport()->price.plan);
    state.current_family =
        QString::fromStdString(costmodel::plan_family(selection.currentReport()->price.plan));
  }
  if (selection.baselineIsChosen() && selection.baselineReport() != nullptr) {
    state.baseline = allAxes(selection.baselineReport()->price.plan);
    state.baseline_family =
        QString::fromStdString(costmodel::plan_family(selection.baselineReport()->price.plan));
  }
  const RangeStack& range = window_.timeline().view().scene().range;
  if (range.total() > 0 && !range.shows_all()) {
    state.from = range.now().from / range.total();
    state.to = range.now().to / range.total();
  }
  return state;
}

void ViewMemory::store() {
  if (session_.selection.evaluation()) storeView(shown_, present());
}

void ViewMemory::choose(const ViewState& state, Choices choices) {
  Selection& selection = session_.selection;
  const Evaluation& evaluation = *selection.evaluation();
  const bool current = choices == Choices::replace || !selection.currentIsChosen();
  const bool baseline = choices == Choices::replace || !selection.baselineIsChosen();
  if (choices == Choices::replace) selection.forgetChoices();
  if (baseline && !state.baseline.isEmpty()) {
    const auto plan = planOf(state.baseline, evaluation.scenario);
    const int index = plan ? evaluation.indexOf(*plan) : -1;
    if (index >= 0)
      selection.setBaseline(index);
    else
      selection.chooseBaseline(state.baseline_family.toStdString());
  }
  if (!current || state.current.isEmpty()) return;
  if (const auto plan = planOf(state.current, evaluation.scenario))
    selection.choosePlan(*plan);
  else
    selection.chooseCurrent(state.current_family.toStdString());
}

void ViewMemory::recall(Choices choices) {
  const std::optional<ViewState> state = storedView(shown_);
  if (!state) return;
  if (!state->layout.isEmpty()) window_.restoreLayout(state->layout);
  choose(*state, choices);
  window_.timeline().recordNow();
  TimelineView& timeline = window_.timeline().view();
  const double length = timeline.scene().range.total();
  if (state->from > 0 || state->to < 1) timeline.setTimeRange(state->from * length, state->to * length);
}

}  // namespace gui
