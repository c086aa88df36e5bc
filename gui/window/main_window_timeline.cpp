// Who sends people to the timeline, and where in it they arrive.
#include "gui/timeline/slice_filter.h"
#include "gui/views/breakdown_view.h"
#include "gui/views/plan_table_view.h"
#include "gui/views/timeline_panel.h"
#include "gui/views/verdict_bar.h"
#include "gui/window/main_window.h"

namespace gui {

void MainWindow::connectTimeline() {
  const auto open = [this] {
    timeline_->recordNow();
    raiseDock(QStringLiteral("timelineDock"));
    timeline_->view().setFocus(Qt::ShortcutFocusReason);
  };
  connect(plans_, &PlanTableView::timelineWanted, this, open);
  connect(plans_, &PlanTableView::simulationWanted, this, &MainWindow::simulateCurrent);
  // The plan that loses is the lower one: why it does is where it waits longest.
  connect(verdict_, &VerdictBar::causeChosen, this, [this, open] {
    open();
    timeline_->view().goToLongestStall(PlanSlot::lower);
  });
  connect(breakdown_, &BreakdownView::partChosen, this, [this, open](const std::string& figure) {
    const std::optional<SliceFilter> filter = filterOfFigure(figure);
    if (!filter) return;
    open();
    timeline_->view().setFilter(filter);
  });
}

}  // namespace gui
