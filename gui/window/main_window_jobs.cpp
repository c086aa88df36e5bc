// Simulations that the window starts, and what it does with their answers.
#include <QDockWidget>
#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QMenuBar>
#include <QProgressBar>
#include <QPushButton>
#include <algorithm>

#include "costmodel/base/error.h"
#include "costmodel/base/unit_text.h"
#include "costmodel/price/quantity_text.h"
#include "gui/jobs/job_bar.h"
#include "gui/jobs/job_queue.h"
#include "gui/jobs/simulation_job.h"
#include "gui/jobs/sweep_simulation_job.h"
#include "gui/jobs/watched_job.h"
#include "gui/timeline/trace_reader.h"
#include "gui/views/links_view.h"
#include "gui/views/sweep_view.h"
#include "gui/views/timeline_panel.h"
#include "gui/views/validation_view.h"
#include "gui/window/main_window.h"
#include "gui/window/message_bar.h"

namespace gui {

void MainWindow::makeRunMenu() {
  QMenu& menu = *menuBar()->addMenu(tr("&Run"));
  addAction(menu, tr("&Simulate the current plan"), QKeySequence(Qt::CTRL | Qt::Key_R),
            [this] { simulateCurrent(); });
  addAction(menu, tr("S&weep sequences and nodes"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_R),
            [this] { startSweep(); });
  menu.addSeparator();
  addAction(menu, tr("&Validate the current plan"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_M), [this] {
    raiseDock(QStringLiteral("validationDock"));
    validation_->validateCurrent();
  });
  addAction(menu, tr("&Open measurements..."), {}, [this] {
    const QString path = QFileDialog::getOpenFileName(this, tr("Open measurements"), {},
                                                      tr("Measurements and traces (*.csv *.json)"));
    if (!path.isEmpty()) openMeasured(path);
  });
  addAction(menu, tr("Validate and bring a calibration &up to date..."), {}, [this] {
    raiseDock(QStringLiteral("validationDock"));
    validation_->validateAndUpdate();
  });
  addAction(menu, tr("Calibrate to the &measurements"), {}, [this] {
    raiseDock(QStringLiteral("validationDock"));
    validation_->calibrate();
  });
  addAction(menu, tr("Calibrate to the co&res of this machine"), {}, [this] {
    raiseDock(QStringLiteral("validationDock"));
    validation_->calibrateMachine(QStringLiteral("cpu"));
  });
  addAction(menu, tr("Calibrate to the &GPUs of this machine"), {}, [this] {
    raiseDock(QStringLiteral("validationDock"));
    validation_->calibrateMachine(QStringLiteral("cuda"));
  });
  addAction(menu, tr("Forget the measurements"), {}, [this] { validation_->forgetAll(); });
  menu.addSeparator();
  addAction(menu, tr("&Cancel what runs"), QKeySequence(Qt::CTRL | Qt::Key_Period), [this] {
    queue_->cancelAll();
    sweep_->cancel();
  });
  addAction(menu, tr("&Forget jobs that are over"), {}, [this] { queue_->forgetOver(); });
}

void MainWindow::simulateCurrent() {
  const costmodel::PlanReport* current = session_.selection.currentReport();
  if (current == nullptr || !current->priced()) {
    messages_->showMessage(tr("There is no plan to simulate: select one that can run."));
    return;
  }
  auto* job =
      new SimulationJob({session_.selection.evaluation()->scenario, current->price.plan,
                         QString::fromStdString(current->name), session_.selection.evaluation()->revision});
  connect(job, &SimulationJob::finished, this, &MainWindow::showSimulation);
  connect(job, &SimulationJob::failed, messages_, &MessageBar::showMessage);
  connect(job, &Job::ended, this, [this] { links_->setSimulating(false); });
  links_->setSimulating(true);
  queue_->add(job);
}

void MainWindow::simulateSweep(const SweepSimulationRequest& request) {
  auto* job = new SweepSimulationJob(request);
  connect(job, &SweepSimulationJob::finished, sweep_, &SweepView::takeSimulated);
  connect(job, &SweepSimulationJob::failed, messages_, &MessageBar::showMessage);
  queue_->add(job);
}

void MainWindow::raiseDock(const QString& name) {
  auto* dock = findChild<QDockWidget*>(name);
  dock->show();
  dock->raise();
}

void MainWindow::startSweep() {
  raiseDock(QStringLiteral("sweepDock"));
  listSweep(true);
}

// The sweep runs on a thread of its own view; the list of jobs has it all the same.
void MainWindow::listSweep(bool start) {
  const auto share = [this]() -> std::optional<double> {
    const auto* bar = sweep_->findChild<QProgressBar*>();
    if (bar == nullptr || bar->maximum() <= bar->minimum()) return {};
    return static_cast<double>(bar->value() - bar->minimum()) / (bar->maximum() - bar->minimum());
  };
  queue_->add(new WatchedJob(tr("Sweep"), session_.project.title(),
                             {[this, start] {
                                if (start) sweep_->start();
                              },
                              [this] { sweep_->cancel(); }, [this] { return sweep_->running(); }, share}));
}

// One range of time, one moment, one link: the timeline and the links show the same.
void MainWindow::connectLinks() {
  TimelineView& timeline = timeline_->view();
  LinkHeatMap& heat = links_->heatMap();
  // A whole step is far longer than the layer that the timeline shows: then each keeps its own range.
  const auto together = [this] {
    const EvaluationPtr& evaluation = session_.selection.evaluation();
    return links_->simulated() && evaluation && !evaluation->wholeModel();
  };
  connect(&timeline, &TimelineView::timeRangeChanged, &heat, [&heat, together](double from, double to) {
    if (together()) heat.setTimeRange(from, to);
  });
  connect(&heat, &LinkHeatMap::timeRangeChanged, &timeline, [&timeline, together](double from, double to) {
    if (together()) timeline.setTimeRange(from, to);
  });
  const auto point = [this, together](const SliceInfo& slice) {
    if (together()) links_->pointAt(slice.rank, (slice.start + slice.end) / 2);
  };
  connect(&timeline, &TimelineView::sliceHovered, links_, point);
  connect(&timeline, &TimelineView::sliceSelected, links_, point);
  connect(&heat, &LinkHeatMap::momentChanged, &timeline,
          [&heat, &timeline, together] { timeline.setCursor(together() ? heat.moment() : std::nullopt); });
  // A GPU's link that is chosen by hand: what it carries then.
  connect(&heat, &LinkHeatMap::cellSelected, this, [this, &timeline, together](const LinkCell& cell) {
    const auto place = links_->rankOf(cell);
    if (!together() || !place) return;
    const QSignalBlocker quiet(timeline);
    timeline.selectMessage(
        place->rank, place->way == LinkWay::out ? TimelineView::Way::out : TimelineView::Way::in, cell.time);
  });
  connect(links_, &LinksView::simulationWanted, this, &MainWindow::simulateCurrent);
  connect(links_, &LinksView::problem, messages_, &MessageBar::showMessage);
  connect(sweep_, &SweepView::simulationWanted, this, &MainWindow::simulateSweep);
  for (QPushButton* button : sweep_->findChildren<QPushButton*>())
    connect(button, &QPushButton::clicked, this, [this] {
      const std::vector<Job*>& jobs = queue_->jobs();
      const bool listed = std::any_of(jobs.begin(), jobs.end(), [](Job* job) {
        return job->running() && qobject_cast<WatchedJob*>(job) != nullptr;
      });
      if (sweep_->running() && !listed) listSweep(false);
    });
}

void MainWindow::connectValidation() {
  connect(validation_, &ValidationView::problem, messages_, &MessageBar::showMessage);
  connect(validation_, &ValidationView::machineRefused, messages_, [this](const QString& reason) {
    messages_->showOffer(reason, {{tr("Take it anyway"), [this] { validation_->takeRefused(); }}});
  });
  connect(validation_, &ValidationView::traced, this, &MainWindow::showMeasuredTrace);
}

void MainWindow::showMeasuredTrace(const QString& path) {
  try {
    timeline_->recordNow();
    timeline_->view().setMeasured(PlanSlot::upper, readTrace(path));
  } catch (const costmodel::Error& error) {
    messages_->showMessage(QString::fromUtf8(error.what()));
  }
}

void MainWindow::openMeasured(const QString& path) {
  QFile file(path);
  if (QFileInfo(path).suffix().compare(QLatin1String("json"), Qt::CaseInsensitive) == 0 &&
      file.open(QIODevice::ReadOnly)) {
    // A trace is a list of events, or has one; results begin with their schema.
    const QByteArray start = file.read(4096).trimmed();
    if (start.startsWith('[') || start.contains("\"traceEvents\"")) {
      raiseDock(QStringLiteral("timelineDock"));
      showMeasuredTrace(path);
      return;
    }
  }
  raiseDock(QStringLiteral("validationDock"));
  validation_->open(path);
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
                          answer.notes.value(0));
  if (answer.notes.size() > 1) note += QLatin1Char(' ') + tr("More reasons are in the list of jobs.");
  const costmodel::PlanReport* current = session_.selection.currentReport();
  const bool same = current != nullptr && QString::fromStdString(current->name) == answer.plan_name;
  if (same && !answer.trace.isEmpty()) {
    try {
      timeline_->recordNow();
      const PreparedTrace* predicted =
          timeline_->view().scene().trace(PlanSlot::upper, TraceLayer::predicted);
      // Of a whole step the timeline shows one layer, and of its simulation the same.
      const bool whole = session_.selection.evaluation()->wholeModel() && predicted != nullptr;
      timeline_->view().setMeasured(
          PlanSlot::upper,
          readTrace(answer.trace, whole ? windowsOf(*predicted->trace.source) : std::vector<TraceWindow>{}));
    } catch (const costmodel::Error& error) {
      note += QLatin1Char(' ') + QString::fromUtf8(error.what());
    }
  }
  links_->take(answer);
  messages_->showNote(note);
}

}  // namespace gui
