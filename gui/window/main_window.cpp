#include "gui/window/main_window.h"

#include <QCloseEvent>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QGraphicsOpacityEffect>
#include <QLabel>
#include <QMenuBar>
#include <QMimeData>
#include <QPainter>
#include <QStatusBar>
#include <QVBoxLayout>

#include "costmodel/base/unit_text.h"
#include "gui/jobs/job_bar.h"
#include "gui/jobs/job_queue.h"
#include "gui/views/breakdown_view.h"
#include "gui/views/jobs_view.h"
#include "gui/views/links_view.h"
#include "gui/views/memory_view.h"
#include "gui/views/plan_table_view.h"
#include "gui/views/scenario_editor.h"
#include "gui/views/sweep_view.h"
#include "gui/views/timeline_panel.h"
#include "gui/views/trade_off_view.h"
#include "gui/views/validation_view.h"
#include "gui/views/verdict_bar.h"
#include "gui/window/command_palette.h"
#include "gui/window/message_bar.h"
#include "gui/window/preferences.h"
#include "gui/window/shared_figure.h"
#include "gui/window/tooltip_pin.h"
#include "gui/window/view_memory.h"

namespace gui {

namespace {

constexpr int roomy_width = 1500;  // of the window, where every column has its usual width
constexpr int layout_version = 1;
constexpr double stale_opacity = 0.45;
constexpr QSize usual_size(1600, 980);
constexpr int usual_timeline = 460, least_timeline = 240, answer_height = 520;  // pixels

}  // namespace

MainWindow::MainWindow(Session& session, Memory memory, QWidget* parent)
    : QMainWindow(parent), session_(session), memory_(memory) {
  queue_ = new JobQueue(std::max(1, QThread::idealThreadCount()), this);
  setObjectName(QStringLiteral("mainWindow"));
  setAcceptDrops(true);
  setDockOptions(AnimatedDocks | AllowNestedDocks | AllowTabbedDocks);
  setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
  setCorner(Qt::TopRightCorner, Qt::RightDockWidgetArea);
  setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
  resize(usual_size);
  makeCentre();
  makeDocks();
  makeStatusBar();
  makeFileMenu();
  makeEditMenu();
  makeViewMenu();
  makeRunMenu();
  makeHelpMenu();
  applyLayout(WindowLayout::overview);
  connect(&session_.project, &Project::fileChanged, this, &MainWindow::refreshTitle);
  connect(&session_.project.undoStack(), &QUndoStack::cleanChanged, this, &MainWindow::refreshTitle);
  connect(&session_.selection, &Selection::evaluationChanged, this, &MainWindow::refreshStatus);
  connect(&session_.selection, &Selection::verdictCompleted, this, &MainWindow::refreshStatus);
  connect(&session_.evaluator, &Evaluator::failed, messages_, &MessageBar::showMessage);
  new TooltipPin(*this);
  connect(editor_, &ScenarioEditor::problemChanged, this, &MainWindow::setStale);
  if (memory_ == Memory::persistent) {
    const Preferences preferences;
    restoreGeometry(preferences.geometry());
    restoreLayout(preferences.layout());
    view_memory_ = new ViewMemory(session_, *this);
  }
  refreshTitle();
  refreshStatus();
}

MainWindow::~MainWindow() = default;

void MainWindow::makeCentre() {
  auto* centre = new QWidget(this);
  messages_ = new MessageBar(centre);
  verdict_ = new VerdictBar(session_.project, session_.selection, centre);
  plans_ = new PlanTableView(session_.selection, centre);
  auto* column = new QVBoxLayout(centre);
  column->setContentsMargins(4, 4, 4, 4);
  column->setSpacing(6);
  column->addWidget(messages_);
  column->addWidget(verdict_);
  column->addWidget(plans_, 1);
  setCentralWidget(centre);
}

QDockWidget* MainWindow::addDock(const QString& name, const QString& title, QWidget* content) {
  auto* dock = new QDockWidget(title, this);
  dock->setObjectName(name);
  dock->setWidget(content);
  return dock;
}

void MainWindow::makeDocks() {
  editor_ = new ScenarioEditor(session_.project, this);
  trade_off_ = new TradeOffView(session_.selection, this);
  memory_view_ = new MemoryView(session_.selection, this);
  breakdown_ = new BreakdownView(session_.selection, this);
  timeline_ = new TimelinePanel(session_.selection, this);
  sweep_ = new SweepView(session_.project, this);
  links_ = new LinksView(session_.selection, this);
  validation_ = new ValidationView(session_.selection, *queue_, this);
  job_list_ = new JobsView(*queue_, this);
  addDockWidget(Qt::LeftDockWidgetArea, addDock(QStringLiteral("scenarioDock"), tr("Scenario"), editor_));
  addDockWidget(Qt::RightDockWidgetArea,
                addDock(QStringLiteral("tradeOffDock"), tr("Trade-off"), trade_off_));
  addDockWidget(Qt::RightDockWidgetArea, addDock(QStringLiteral("memoryDock"), tr("Memory"), memory_view_));
  addDockWidget(Qt::BottomDockWidgetArea, addDock(QStringLiteral("timelineDock"), tr("Timeline"), timeline_));
  addDockWidget(Qt::BottomDockWidgetArea,
                addDock(QStringLiteral("breakdownDock"), tr("Where the time goes"), breakdown_));
  addDockWidget(Qt::BottomDockWidgetArea, addDock(QStringLiteral("sweepDock"), tr("Sweep"), sweep_));
  addDockWidget(Qt::BottomDockWidgetArea, addDock(QStringLiteral("linksDock"), tr("Links"), links_));
  addDockWidget(Qt::BottomDockWidgetArea,
                addDock(QStringLiteral("validationDock"), tr("Validation"), validation_));
  addDockWidget(Qt::BottomDockWidgetArea, addDock(QStringLiteral("jobsDock"), tr("Jobs"), job_list_));
  connectLinks();
  connectTimeline();
  connectValidation();
}

void MainWindow::makeStatusBar() {
  hint_ = new QLabel(this);
  status_ = new QLabel(this);
  jobs_ = new JobBar(*queue_, this);
  statusBar()->addWidget(hint_, 1);
  statusBar()->addPermanentWidget(jobs_);
  statusBar()->addPermanentWidget(status_);
}

void MainWindow::refreshTitle() {
  setWindowTitle(QStringLiteral("%1[*] \u2014 Ringside").arg(session_.project.title()));
  setWindowModified(!session_.project.undoStack().isClean());
  hint_->setText(
      session_.project.path().isEmpty()
          ? tr("Example project: change any number, or drop a scenario file of your own.   Ctrl+K: do "
               "anything")
          : tr("Ctrl+K: do anything   B: make the plan the baseline   click a number: its formula"));
}

void MainWindow::refreshStatus() {
  const EvaluationPtr& evaluation = session_.selection.evaluation();
  if (!evaluation) return;
  const QString calibration = QString::fromStdString(evaluation->calibration);
  status_->setText(
      tr("%n plans in %1   |   %2", "", static_cast<int>(evaluation->answer.result.priced))
          .arg(QString::fromStdString(costmodel::format_seconds(costmodel::Seconds(evaluation->seconds))),
               calibration.section(QLatin1Char(';'), 0, 0)));
  status_->setToolTip(
      QStringLiteral("<p>%1</p><p>%2</p>")
          .arg(calibration.toHtmlEscaped(), QString::fromStdString(evaluation->scope).toHtmlEscaped()));
}

// While a field is wrong the last valid result stays, faded.
void MainWindow::setStale(const QString& problem) {
  verdict_->setProblem(problem);
  for (QWidget* view :
       {static_cast<QWidget*>(plans_), static_cast<QWidget*>(trade_off_), static_cast<QWidget*>(memory_view_),
        static_cast<QWidget*>(breakdown_), static_cast<QWidget*>(timeline_), static_cast<QWidget*>(links_)}) {
    if (problem.isEmpty()) {
      view->setGraphicsEffect(nullptr);
    } else if (view->graphicsEffect() == nullptr) {
      auto* effect = new QGraphicsOpacityEffect(view);
      effect->setOpacity(stale_opacity);
      view->setGraphicsEffect(effect);
    }
  }
}

void MainWindow::applyLayout(WindowLayout layout) {
  const auto dock = [this](const char* name) { return findChild<QDockWidget*>(QString::fromLatin1(name)); };
  for (QDockWidget* each : findChildren<QDockWidget*>()) {
    each->setFloating(false);
    each->show();
  }
  addDockWidget(Qt::LeftDockWidgetArea, dock("scenarioDock"));
  addDockWidget(Qt::RightDockWidgetArea, dock("tradeOffDock"));
  addDockWidget(Qt::RightDockWidgetArea, dock("memoryDock"));
  addDockWidget(Qt::BottomDockWidgetArea, dock("timelineDock"));
  tabifyDockWidget(dock("timelineDock"), dock("breakdownDock"));
  tabifyDockWidget(dock("breakdownDock"), dock("sweepDock"));
  tabifyDockWidget(dock("sweepDock"), dock("linksDock"));
  tabifyDockWidget(dock("linksDock"), dock("validationDock"));
  tabifyDockWidget(dock("validationDock"), dock("jobsDock"));
  dock(layout == WindowLayout::sweep ? "sweepDock" : "timelineDock")->raise();
  const bool overview = layout == WindowLayout::overview;
  resizeDocks({dock("scenarioDock")}, {284}, Qt::Horizontal);
  // The map of a sweep needs the width more than what stands beside it.
  const bool narrow = layout == WindowLayout::sweep && width() < roomy_width;
  resizeDocks({dock("tradeOffDock")}, {narrow ? 260 : 405}, Qt::Horizontal);
  resizeDocks({dock("tradeOffDock"), dock("memoryDock")}, {500, 380}, Qt::Vertical);
  // In a small window the answer and the first plans come before the timeline.
  const int below_answer = std::max(least_timeline, height() - answer_height);
  resizeDocks({dock("timelineDock")}, {overview ? std::min(usual_timeline, below_answer) : 640},
              Qt::Vertical);
}

QByteArray MainWindow::layoutState() const { return saveState(layout_version); }

bool MainWindow::restoreLayout(const QByteArray& state) { return restoreState(state, layout_version); }

std::vector<ExportedView> MainWindow::exportedViews() {
  const auto painted = [](auto* view) {
    return [view](QPainter& painter, const QRect& area) { view->paintTo(painter, area); };
  };
  const auto numbers = [](auto* view) { return [view] { return view->csv(); }; };
  return {
      {QStringLiteral("window"),
       tr("Window"),
       size(),
       [this](QPainter& painter, const QRect&) { render(&painter); },
       {}},
      {QStringLiteral("figure"),
       tr("Figure to share"),
       shared_figure_size,
       [this](QPainter& painter, const QRect& area) {
         paintSharedFigure(painter, area, session_, *timeline_, *trade_off_);
       },
       {}},
      {QStringLiteral("table"), tr("Plans"), {}, {}, [this] { return plans_->shownText(TableFormat::csv); }},
      {QStringLiteral("trade-off"), tr("Trade-off"), {900, 600}, painted(trade_off_), numbers(trade_off_)},
      {QStringLiteral("memory"), tr("Memory"), {900, 420}, painted(memory_view_), numbers(memory_view_)},
      {QStringLiteral("timeline"), tr("Timeline"), {1400, 700}, painted(timeline_), {}},
      {QStringLiteral("breakdown"),
       tr("Where the time goes"),
       {1000, 420},
       painted(breakdown_),
       numbers(breakdown_)},
      {QStringLiteral("sweep"), tr("Sweep"), sweep_->size(),
       [this](QPainter& painter, const QRect&) { sweep_->render(&painter, {}, {}, QWidget::DrawChildren); },
       numbers(sweep_)},
      {QStringLiteral("links"), tr("Links"), {1400, 520}, painted(links_), numbers(links_)},
      {QStringLiteral("links-matrix"),
       tr("Links as a matrix"),
       {},
       {},
       [this] { return links_->matrixCsv(); }},
      {QStringLiteral("validation"),
       tr("Validation"),
       {1300, 520},
       painted(validation_),
       numbers(validation_)},
  };
}

void MainWindow::openPalette() {
  CommandTargets targets;
  for (QMenu* menu : menuBar()->findChildren<QMenu*>())
    for (QAction* action : menu->actions()) {
      if (action->menu() != nullptr || action->isSeparator()) continue;
      action->setProperty("menuTitle", menu->title().remove(QLatin1Char('&')));
      targets.actions << action;
    }
  if (const EvaluationPtr& evaluation = session_.selection.evaluation())
    for (const costmodel::PlanReport& report : evaluation->reports) {
      const QString family = QString::fromStdString(costmodel::plan_family(report.price.plan));
      if (!targets.plans.contains(family)) targets.plans << family;
    }
  targets.set_field = [this](const std::string& key, const std::string& value) {
    editor_->focusField(key);
    session_.project.setField(key, value);
  };
  targets.choose_plan = [this](const std::string& name) { session_.selection.chooseCurrent(name); };
  targets.choose_baseline = [this](const std::string& name) { session_.selection.chooseBaseline(name); };
  auto* palette = new CommandPalette(std::move(targets), this);
  palette->open();
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (!mayDiscard() || !mayEndJobs()) {
    event->ignore();
    return;
  }
  if (memory_ == Memory::persistent) {
    Preferences preferences;
    preferences.setWindow(saveGeometry(), layoutState());
    preferences.setLastFile(session_.project.path());
    view_memory_->store();
  }
  event->accept();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  const QList<QUrl> urls = event->mimeData()->urls();
  if (urls.size() == 1 && urls.front().isLocalFile()) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  event->acceptProposedAction();
  const QString path = event->mimeData()->urls().front().toLocalFile();
  const QString suffix = QFileInfo(path).suffix().toLower();
  if (suffix == QLatin1String("csv") || suffix == QLatin1String("json")) {
    openMeasured(path);
    return;
  }
  if (mayDiscard()) openFile(path);
}

}  // namespace gui
