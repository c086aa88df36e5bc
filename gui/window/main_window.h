// The window: the answer and the plans in the middle, editor and evidence in docks round it.  It connects;
// what is shown lives in the views, what is known in the session.
#pragma once

#include <QMainWindow>

#include "gui/window/session.h"
#include "gui/window/view_export.h"

class QActionGroup;
class QLabel;
class QMenu;

namespace gui {

struct SimulationAnswer;
struct SweepSimulationRequest;

class BreakdownView;
class JobBar;
class JobQueue;
class JobsView;
class LinksView;
class MemoryView;
class MessageBar;
class PlanTableView;
class ScenarioEditor;
class SweepView;
class TimelinePanel;
class TradeOffView;
class ValidationView;
class VerdictBar;
class ViewMemory;

enum class WindowLayout { overview, timeline, sweep };

class MainWindow : public QMainWindow {
  Q_OBJECT

 public:
  // Remembers nothing and restores nothing for pictures and tests.
  enum class Memory { persistent, none };
  MainWindow(Session& session, Memory memory, QWidget* parent = nullptr);
  ~MainWindow() override;

  VerdictBar& verdict() { return *verdict_; }
  ScenarioEditor& editor() { return *editor_; }
  PlanTableView& plans() { return *plans_; }
  TradeOffView& tradeOff() { return *trade_off_; }
  TimelinePanel& timeline() { return *timeline_; }
  SweepView& sweep() { return *sweep_; }
  JobBar& jobs() { return *jobs_; }
  JobQueue& queue() { return *queue_; }
  JobsView& jobList() { return *job_list_; }
  LinksView& links() { return *links_; }
  ValidationView& validation() { return *validation_; }
  MessageBar& messages() { return *messages_; }

  // Opens a file, or says in the message bar why not; the present project stays then.
  bool openFile(const QString& path);
  void applyLayout(WindowLayout layout);
  bool restoreLayout(const QByteArray& state);
  QByteArray layoutState() const;
  // What --export and the menu can write.
  std::vector<ExportedView> exportedViews();
  void openPalette();
  // `ringside simulate` of the current plan, in a process of its own.
  void simulateCurrent();
  void startSweep();
  // Brings a dock to the front: "linksDock".
  void raiseDock(const QString& name);
  // A result, a table of measurements or a measured trace, whatever the file is.
  void openMeasured(const QString& path);

 protected:
  void closeEvent(QCloseEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  QDockWidget* addDock(const QString& name, const QString& title, QWidget* content);
  void makeCentre();
  void makeDocks();
  void makeStatusBar();
  void makeFileMenu();
  void makeEditMenu();
  void makeViewMenu();
  void makeRunMenu();
  void makeHelpMenu();
  QAction* addAction(QMenu& menu, const QString& text, const QKeySequence& keys, std::function<void()> run);
  void fillRecentMenu();
  void refreshTitle();
  void refreshStatus();
  void setStale(const QString& problem);
  void showSimulation(const SimulationAnswer& answer);
  void simulateSweep(const SweepSimulationRequest& request);
  void connectLinks();
  void connectTimeline();  // who sends people there
  void connectValidation();
  void showMeasuredTrace(const QString& path);
  void listSweep(bool start);

  bool mayDiscard();
  bool mayEndJobs();
  void chooseFile();
  bool save();
  bool saveAs();
  void copyFigure();
  void exportWithDialog();
  void showAbout();

  Session& session_;
  Memory memory_;
  ViewMemory* view_memory_ = nullptr;  // none for pictures and tests
  MessageBar* messages_ = nullptr;
  VerdictBar* verdict_ = nullptr;
  PlanTableView* plans_ = nullptr;
  ScenarioEditor* editor_ = nullptr;
  TradeOffView* trade_off_ = nullptr;
  MemoryView* memory_view_ = nullptr;
  BreakdownView* breakdown_ = nullptr;
  TimelinePanel* timeline_ = nullptr;
  SweepView* sweep_ = nullptr;
  JobQueue* queue_ = nullptr;
  LinksView* links_ = nullptr;
  ValidationView* validation_ = nullptr;
  JobsView* job_list_ = nullptr;
  JobBar* jobs_ = nullptr;
  QMenu* recent_menu_ = nullptr;
  QLabel* hint_ = nullptr;
  QLabel* status_ = nullptr;
};

}  // namespace gui
