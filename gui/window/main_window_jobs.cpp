// Simulations that the window starts, and what it does with their answers.
#include <QMenuBar>

#include "costmodel/base/error.h"
#include "costmodel/base/unit_text.h"
#include "costmodel/price/quantity_text.h"
#include "gui/jobs/job_bar.h"
#include "gui/timeline/trace_reader.h"
#include "gui/views/timeline_panel.h"
#include "gui/window/main_window.h"
#include "gui/window/message_bar.h"

namespace gui {

void MainWindow::makeRunMenu() {
  QMenu& menu = *menuBar()->addMenu(tr("&Run"));
  addAction(menu, tr("&Simulate the current plan"), QKeySequence(Qt::CTRL | Qt::Key_R),
            [this] { simulateCurrent(); });
  addAction(menu, tr("&Cancel the simulation"), QKeySequence(Qt::CTRL | Qt::Key_Period), [this] { jobs_->cancel(); });
}

void MainWindow::simulateCurrent() {
  const costmodel::PlanReport* current = session_.selection.currentReport();
  if (current == nullptr || !current->priced()) {
    messages_->showMessage(tr("There is no plan to simulate: select one that can run."));
    return;
  }
  jobs_->start({session_.selection.evaluation()->scenario, current->price.plan,
                QString::fromStdString(current->name), session_.selection.evaluation()->revision});
}

void MainWindow::showSimulation(const SimulationAnswer& answer) {
  // The project has changed since: this answers another question.
  if (answer.revision != session_.project.revision()) return;
  if (!answer.impossible.isEmpty()) {
    messages_->showNote(tr("%1 cannot be simulated: %2").arg(answer.plan_name, answer.impossible));
    return;
  }
  const auto seconds = [](double value) {
    return QString::fromStdString(costmodel::format_seconds(costmodel::Seconds(value)));
  };
  QString note = tr("Simulated %1: %2, the cost model says %3 (%4). %5")
                     .arg(answer.plan_name, seconds(answer.simulated), seconds(answer.analytic),
                          QString::fromStdString(costmodel::change_text(answer.simulated / answer.analytic)),
                          answer.notes.join(QLatin1Char(' ')));
  // A whole step is far longer than the layer that the timeline shows.
  const costmodel::PlanReport* current = session_.selection.currentReport();
  const bool same = current != nullptr && QString::fromStdString(current->name) == answer.plan_name;
  if (same && !answer.trace.isEmpty() && !session_.selection.evaluation()->wholeModel()) {
    try {
      timeline_->view().setMeasured(PlanSlot::upper, readTrace(answer.trace));
    } catch (const costmodel::Error& error) {
      note += QLatin1Char(' ') + QString::fromUtf8(error.what());
    }
  }
  messages_->showNote(note);
}

}  // namespace gui
