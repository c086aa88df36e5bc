// The menus of the window and what their entries do.
#include <QActionGroup>
#include <QApplication>
#include <QClipboard>
#include <QDockWidget>
#include <QFileDialog>
#include <QFileInfo>
#include <QLineEdit>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <algorithm>

#include "gui/jobs/job_queue.h"
#include "gui/views/plan_table_view.h"
#include "gui/views/timeline_panel.h"
#include "gui/views/trade_off_view.h"
#include "gui/views/verdict_bar.h"
#include "gui/window/main_window.h"
#include "gui/window/message_bar.h"
#include "gui/window/preferences.h"

namespace gui {

namespace {
constexpr const char* scenario_files =
    QT_TRANSLATE_NOOP("gui::MainWindow", "Scenarios (*.toml);;All files (*)");
}

QAction* MainWindow::addAction(QMenu& menu, const QString& text, const QKeySequence& keys,
                               std::function<void()> run) {
  QAction* action = menu.addAction(text);
  action->setShortcut(keys);
  connect(action, &QAction::triggered, this, std::move(run));
  return action;
}

void MainWindow::makeFileMenu() {
  QMenu& menu = *menuBar()->addMenu(tr("&File"));
  addAction(menu, tr("&Open..."), QKeySequence::Open, [this] { chooseFile(); });
  recent_menu_ = menu.addMenu(tr("Open &recent"));
  connect(recent_menu_, &QMenu::aboutToShow, this, &MainWindow::fillRecentMenu);
  addAction(menu, tr("Open the e&xample"), {}, [this] {
    if (!mayDiscard()) return;
    if (const Problem problem = session_.project.openExample()) messages_->showMessage(*problem);
  });
  menu.addSeparator();
  addAction(menu, tr("&Save"), QKeySequence::Save, [this] { save(); });
  addAction(menu, tr("Save &as..."), QKeySequence::SaveAs, [this] { saveAs(); });
  menu.addSeparator();
  addAction(menu, tr("&Export a view..."), QKeySequence(Qt::CTRL | Qt::Key_E),
            [this] { exportWithDialog(); });
  menu.addSeparator();
  addAction(menu, tr("&Quit"), QKeySequence::Quit, [this] { close(); });
}

void MainWindow::makeEditMenu() {
  QMenu& menu = *menuBar()->addMenu(tr("&Edit"));
  QUndoStack& undo = session_.project.undoStack();
  QAction* undo_action = undo.createUndoAction(this, tr("&Undo"));
  undo_action->setShortcut(QKeySequence::Undo);
  QAction* redo_action = undo.createRedoAction(this, tr("&Redo"));
  redo_action->setShortcut(QKeySequence::Redo);
  menu.QWidget::addAction(undo_action);
  menu.QWidget::addAction(redo_action);
  menu.addSeparator();
  addAction(menu, tr("Copy the &figure"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C),
            [this] { copyFigure(); });
  addAction(menu, tr("Copy the &verdict"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_V),
            [this] { QApplication::clipboard()->setText(verdict_->plainText()); });
  addAction(menu, tr("Copy the plans as &CSV"), {}, [this] { plans_->copyAs(TableFormat::csv); });
  addAction(menu, tr("Copy the plans as &TSV"), {}, [this] { plans_->copyAs(TableFormat::tsv); });
  addAction(menu, tr("Copy the plans as &Markdown"), {}, [this] { plans_->copyAs(TableFormat::markdown); });
  menu.addSeparator();
  addAction(menu, tr("&Filter the plans"), QKeySequence::Find, [this] { plans_->filter().setFocus(); });
  addAction(menu, tr("Select the plans that &no other beats"), {}, [this] { trade_off_->selectFront(); });
  addAction(menu, tr("Show &all plans again"), {}, [this] { session_.selection.mark({}); });
  addAction(menu, tr("Show only the &best of each family"), {}, [this] { session_.evaluator.unpinAll(); });
}

void MainWindow::makeViewMenu() {
  QMenu& menu = *menuBar()->addMenu(tr("&View"));
  addAction(menu, tr("&Overview"), QKeySequence(Qt::CTRL | Qt::Key_1),
            [this] { applyLayout(WindowLayout::overview); });
  addAction(menu, tr("&Timeline"), QKeySequence(Qt::CTRL | Qt::Key_2),
            [this] { applyLayout(WindowLayout::timeline); });
  addAction(menu, tr("&Sweep"), QKeySequence(Qt::CTRL | Qt::Key_3),
            [this] { applyLayout(WindowLayout::sweep); });
  addAction(menu, tr("&Links"), QKeySequence(Qt::CTRL | Qt::Key_4),
            [this] { raiseDock(QStringLiteral("linksDock")); });
  addAction(menu, tr("&Validation"), QKeySequence(Qt::CTRL | Qt::Key_5),
            [this] { raiseDock(QStringLiteral("validationDock")); });
  addAction(menu, tr("&Jobs"), QKeySequence(Qt::CTRL | Qt::Key_6),
            [this] { raiseDock(QStringLiteral("jobsDock")); });
  addAction(menu, tr("&Reset layout"), {}, [this] { applyLayout(WindowLayout::overview); });
  menu.addSeparator();
  for (QDockWidget* dock : findChildren<QDockWidget*>()) menu.QWidget::addAction(dock->toggleViewAction());
  menu.addSeparator();
  QAction* every =
      addAction(menu, tr("&All GPUs in the timeline"), QKeySequence(Qt::CTRL | Qt::Key_G), [this] {
        const bool all = timeline_->gpus() == ShownGpus::all;
        timeline_->setGpus(all ? ShownGpus::representative : ShownGpus::all);
      });
  every->setCheckable(true);
  trade_off_->fillAxesMenu(*menu.addMenu(tr("Trade-off a&xes")));
  addAction(menu, tr("Reset the trade-off's &zoom"), {}, [this] { trade_off_->resetZoom(); });
  QMenu& colours = *menu.addMenu(tr("&Colours"));
  auto* group = new QActionGroup(this);
  struct Choice {
    Scheme scheme;
    QString text;
  };
  const Scheme present = memory_ == Memory::persistent ? Preferences().scheme() : Scheme::light;
  for (const Choice& choice : {Choice{Scheme::system, tr("As the &system")},
                               Choice{Scheme::light, tr("&Light")}, Choice{Scheme::dark, tr("&Dark")}}) {
    QAction* action = addAction(colours, choice.text, {}, [this, scheme = choice.scheme] {
      applyScheme(*qApp, scheme);
      if (memory_ == Memory::persistent) Preferences().setScheme(scheme);
    });
    action->setCheckable(true);
    action->setChecked(choice.scheme == present);
    group->addAction(action);
  }
}

void MainWindow::makeHelpMenu() {
  QMenu& menu = *menuBar()->addMenu(tr("&Help"));
  addAction(menu, tr("&Command palette"), QKeySequence(Qt::CTRL | Qt::Key_K), [this] { openPalette(); });
  addAction(menu, tr("&About Ringside"), {}, [this] { showAbout(); });
}

void MainWindow::fillRecentMenu() {
  recent_menu_->clear();
  for (const QString& path : Preferences().recentFiles())
    addAction(*recent_menu_, path, {}, [this, path] {
      if (mayDiscard()) openFile(path);
    });
  if (recent_menu_->isEmpty()) recent_menu_->addAction(tr("No files yet"))->setEnabled(false);
}

bool MainWindow::openFile(const QString& path) {
  if (const Problem problem = session_.project.open(path)) {
    messages_->showMessage(*problem);
    return false;
  }
  messages_->showMessage({});
  if (memory_ == Memory::persistent) Preferences().addRecentFile(path);
  return true;
}

bool MainWindow::mayDiscard() {
  if (session_.project.undoStack().isClean()) return true;
  const auto answer = QMessageBox::question(
      this, tr("Ringside"), tr("Save the changes to %1?").arg(session_.project.title()),
      QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, QMessageBox::Save);
  if (answer == QMessageBox::Save) return save();
  return answer == QMessageBox::Discard;
}

// What is quickly done again is no loss.
bool MainWindow::mayEndJobs() {
  constexpr double worth_asking = 3;  // s of work
  const std::vector<Job*>& jobs = queue_->jobs();
  const auto lost = static_cast<int>(std::count_if(jobs.begin(), jobs.end(), [](const Job* job) {
    return job->running() && job->seconds() > worth_asking;
  }));
  if (lost == 0) return true;
  return QMessageBox::question(
             this, tr("Ringside"),
             tr("%n jobs are still running; their work is lost when the window closes.", "", lost),
             QMessageBox::Close | QMessageBox::Cancel, QMessageBox::Cancel) == QMessageBox::Close;
}

void MainWindow::chooseFile() {
  if (!mayDiscard()) return;
  const QString path = QFileDialog::getOpenFileName(this, tr("Open a scenario"), {}, tr(scenario_files));
  if (!path.isEmpty()) openFile(path);
}

bool MainWindow::save() {
  if (session_.project.path().isEmpty()) return saveAs();
  const Problem problem = session_.project.save(session_.project.path());
  if (problem) messages_->showMessage(*problem);
  return !problem;
}

bool MainWindow::saveAs() {
  QString path = QFileDialog::getSaveFileName(this, tr("Save the scenario"), QStringLiteral("scenario.toml"),
                                              tr(scenario_files));
  if (path.isEmpty()) return false;
  if (QFileInfo(path).suffix().isEmpty()) path += QStringLiteral(".toml");
  const Problem problem = session_.project.save(path);
  if (problem)
    messages_->showMessage(*problem);
  else if (memory_ == Memory::persistent)
    Preferences().addRecentFile(path);
  return !problem;
}

// As a picture for chats and slides, and as SVG for who can paste that.
void MainWindow::copyFigure() {
  timeline_->recordNow();
  const std::vector<ExportedView> views = exportedViews();
  const ExportedView& figure = *findView(views, QStringLiteral("figure"));
  auto* picture = new QMimeData;
  picture->setImageData(QImage::fromData(pictureOf(figure, PictureKind::png)));
  picture->setData(QStringLiteral("image/svg+xml"), pictureOf(figure, PictureKind::svg));
  QApplication::clipboard()->setMimeData(picture);
}

void MainWindow::exportWithDialog() {
  QStringList filters;
  const std::vector<ExportedView> views = exportedViews();
  for (const ExportedView& view : views) {
    const QString kinds = view.paint && view.csv ? QStringLiteral("*.png *.svg *.pdf *.csv")
                          : view.paint           ? QStringLiteral("*.png *.svg *.pdf")
                                                 : QStringLiteral("*.csv");
    filters << QStringLiteral("%1 (%2)").arg(view.title, kinds);
  }
  QString chosen;
  const QString path = QFileDialog::getSaveFileName(this, tr("Export a view"), QStringLiteral("ringside.png"),
                                                    filters.join(QStringLiteral(";;")), &chosen);
  if (path.isEmpty()) return;
  const auto index = static_cast<std::size_t>(std::max<qsizetype>(0, filters.indexOf(chosen)));
  messages_->showMessage(exportView(views[index], path));
}

void MainWindow::showAbout() {
  QMessageBox::about(
      this, tr("About Ringside"),
      tr("<b>Ringside %1</b><p>Which partition plan should I run, and why?</p><p>Ringside is licensed under "
         "Apache-2.0; this program links QCustomPlot and is distributed under GPL-3.</p>")
          .arg(QStringLiteral(RINGSIDE_VERSION)));
}

}  // namespace gui
