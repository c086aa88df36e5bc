// What a start finds and how it is shown again: the project of the folder, the plan, the baseline, the part
// of the timeline and the layout of the last time.
#include "tests/gui/session_test.h"

#include <QDir>
#include <QDockWidget>
#include <QFile>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>

#include "costmodel/plan/plan_alias.h"
#include "gui/timeline/timeline_view.h"
#include "gui/views/timeline_panel.h"
#include "gui/views/when_seen.h"
#include "gui/window/first_project.h"
#include "gui/window/view_state.h"
#include "tests/gui/gui_fixture.h"

using namespace gui;

namespace {

void write(const QString& path, const std::string& text) {
  QFile file(path);
  QVERIFY(file.open(QIODevice::WriteOnly));
  file.write(QByteArray::fromStdString(text));
}

// A project in a file, in a window that remembers.
struct Remembered {
  Session session;
  std::unique_ptr<MainWindow> window;

  explicit Remembered(const QString& path) {
    if (session.project.open(path)) return;
    session.evaluator.evaluateNow();
    window = std::make_unique<MainWindow>(session, MainWindow::Memory::persistent);
    window->show();
    QCoreApplication::processEvents();
  }
  std::string current() const { return family(session.selection.currentReport()); }
  std::string baseline() const { return family(session.selection.baselineReport()); }
  TimeRange range() const { return window->timeline().view().timeRange(); }

 private:
  static std::string family(const costmodel::PlanReport* report) {
    return costmodel::plan_family(report->price.plan);
  }
};

}  // namespace

void SessionTest::initTestCase() {
  static QTemporaryDir settings;
  QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, settings.path());
}

void SessionTest::aBrokenFileOfTheFolderIsToldOf_data() {
  QTest::addColumn<QString>("name");
  QTest::newRow("usual name") << QStringLiteral("scenario.toml");
  QTest::newRow("the only one") << QStringLiteral("mine.toml");
}

void SessionTest::aBrokenFileOfTheFolderIsToldOf() {
  QFETCH(QString, name);
  QTemporaryDir folder;
  std::string broken = quick_scenario;
  const std::string sequence = "sequence = \"256K\"";
  broken.replace(broken.find(sequence), sequence.size(), "sequence = \"256 apples\"");
  write(folder.filePath(name), broken);
  Session session;
  const Problem problem = openFirst(session.project, {{}, folder.path(), {}});
  QVERIFY(problem);
  // Where, what, and what would be right.
  QVERIFY2(problem->contains(QDir(folder.path()).absoluteFilePath(name) + QStringLiteral(":11:")),
           qPrintable(*problem));
  QVERIFY2(problem->contains(QStringLiteral("256 apples")), qPrintable(*problem));
  QVERIFY2(problem->contains(QStringLiteral("128K")), qPrintable(*problem));
  QVERIFY(shownInstead(*problem).contains(QStringLiteral("example")));
  // The example is there to work with.
  QVERIFY(session.project.path().isEmpty());
  session.evaluator.evaluateNow();
  QVERIFY(session.selection.evaluation()->winner >= 0);
}

void SessionTest::otherPeoplesFilesArePassedOver() {
  QTemporaryDir folder;
  write(folder.filePath(QStringLiteral("pyproject.toml")), "[project]\nname = \"x\"\n");
  Session session;
  QVERIFY(!openFirst(session.project, {{}, folder.path(), {}}));
  QVERIFY(session.project.path().isEmpty());
}

void SessionTest::theLastProjectComesAfterTheFolders() {
  QTemporaryDir folder, last;
  const QString file = last.filePath(QStringLiteral("last.toml"));
  write(file, quick_scenario);
  Session session;
  QVERIFY(!openFirst(session.project, {{}, folder.path(), file}));
  QCOMPARE(session.project.path(), file);
  write(folder.filePath(QStringLiteral("scenario.toml")), quick_scenario);
  QVERIFY(!openFirst(session.project, {{}, folder.path(), file}));
  QVERIFY(session.project.path().endsWith(QStringLiteral("scenario.toml")));
  // One that is gone is no problem, one that is broken is.
  QFile::remove(folder.filePath(QStringLiteral("scenario.toml")));
  QVERIFY(!openFirst(session.project, {{}, folder.path(), QStringLiteral("/no/such/file.toml")}));
  write(file, "[model");
  QVERIFY(openFirst(session.project, {{}, folder.path(), file}));
}

void SessionTest::aProjectIsShownAsItWasLeft() {
  QTemporaryDir folder;
  const QString path = folder.filePath(QStringLiteral("a.toml"));
  write(path, quick_scenario);
  TimeRange range;
  {
    Remembered first(path);
    QVERIFY(first.window);
    QVERIFY(first.session.selection.chooseCurrent("ring"));
    QVERIFY(first.session.selection.chooseBaseline("burst"));
    first.window->applyLayout(WindowLayout::sweep);
    first.window->raiseDock(QStringLiteral("timelineDock"));
    first.window->findChild<QDockWidget*>(QStringLiteral("memoryDock"))->hide();
    QCoreApplication::processEvents();
    const double length = first.window->timeline().view().scene().range.total();
    first.window->timeline().view().setTimeRange(length / 4, length / 2);
    range = first.range();
    QVERIFY(first.window->close());
  }
  Remembered second(path);
  QVERIFY(second.window);
  QCOMPARE(second.current(), std::string("ring"));
  QCOMPARE(second.baseline(), std::string("burst"));
  QVERIFY(std::abs(second.range().from - range.from) < 1e-9 * range.to);
  QVERIFY(std::abs(second.range().to - range.to) < 1e-9 * range.to);
  QVERIFY(second.window->findChild<QDockWidget*>(QStringLiteral("memoryDock"))->isHidden());
  // The file holds nothing of it.
  QFile file(path);
  QVERIFY(file.open(QIODevice::ReadOnly));
  QCOMPARE(file.readAll().toStdString(), quick_scenario);
}

void SessionTest::theCommandLineChoosesBeforeTheMemory() {
  QTemporaryDir folder;
  const QString path = folder.filePath(QStringLiteral("a.toml"));
  write(path, quick_scenario);
  {
    Remembered first(path);
    first.session.selection.chooseCurrent("ring");
    first.window->close();
  }
  Session session;
  QVERIFY(!session.project.open(path));
  session.evaluator.evaluateNow();
  QVERIFY(session.selection.chooseCurrent("zigzag-ring"));
  MainWindow window(session, MainWindow::Memory::persistent);
  QCOMPARE(costmodel::plan_family(session.selection.currentReport()->price.plan), std::string("zigzag-ring"));
}

void SessionTest::anotherProjectHasItsOwnView() {
  QTemporaryDir folder;
  const QString a = folder.filePath(QStringLiteral("a.toml")), b = folder.filePath(QStringLiteral("b.toml"));
  write(a, quick_scenario);
  write(b, quick_scenario);
  Remembered opened(a);
  opened.session.selection.chooseCurrent("ring");
  const auto go = [&](const QString& path) {
    QVERIFY(opened.window->openFile(path));
    QTRY_VERIFY(opened.session.evaluator.upToDate());
    QCoreApplication::processEvents();
  };
  go(b);
  opened.session.selection.chooseCurrent("zigzag-ring");
  go(a);
  QCOMPARE(opened.current(), std::string("ring"));
  go(b);
  QCOMPARE(opened.current(), std::string("zigzag-ring"));
  opened.window->close();
}

void SessionTest::brokenMemoryIsIgnored() {
  QTemporaryDir folder;
  const QString path = folder.filePath(QStringLiteral("a.toml"));
  write(path, quick_scenario);
  ViewState state;
  state.layout = "no layout";
  state.current = QStringLiteral("transport=teleport");
  state.current_family = QStringLiteral("teleport");
  state.from = 0.9;
  state.to = 0.1;
  storeView(path, state);
  const std::optional<ViewState> stored = storedView(path);
  QVERIFY(stored);
  QCOMPARE(stored->from, 0.0);
  QCOMPARE(stored->to, 1.0);
  Remembered opened(path);
  QVERIFY(opened.window);
  QCOMPARE(opened.session.selection.current(), opened.session.selection.evaluation()->winner);
  // The oldest are forgotten.
  for (int i = 0; i < 60; ++i) storeView(QStringLiteral("/p/%1").arg(i), {});
  QVERIFY(!storedView(path));
  QVERIFY(storedView(QStringLiteral("/p/59")));
}

void SessionTest::hiddenViewsWaitUntilTheyAreSeen() {
  QWidget view;
  int refreshed = 0;
  WhenSeen seen(view, [&] { ++refreshed; });
  seen.refresh();
  seen.refresh();
  QCOMPARE(refreshed, 0);
  view.show();
  QCOMPARE(refreshed, 1);
  seen.refresh();
  QCOMPARE(refreshed, 2);
  view.hide();
  seen.refresh();
  seen.catchUp();  // an export
  QCOMPARE(refreshed, 3);
  view.show();
  QCOMPARE(refreshed, 3);
}

void SessionTest::flipPointsFollowAfterTheViews() {
  auto session = openedSession();
  QSignalSpy evaluated(&session->evaluator, &Evaluator::evaluated);
  QSignalSpy completed(&session->evaluator, &Evaluator::completed);
  QVERIFY(!session->project.setField("nodes", "8"));
  QTRY_COMPARE(evaluated.count(), 1);
  QVERIFY(!session->evaluator.evaluation()->flips);
  QVERIFY(!session->evaluator.idle());
  QTRY_COMPARE(completed.count(), 1);
  QVERIFY(session->evaluator.evaluation()->flips);
  QTRY_VERIFY(session->evaluator.idle());
  // An edit before they begin makes them those of the edit.
  QVERIFY(!session->project.setField("nodes", "4"));
  QTRY_COMPARE(evaluated.count(), 2);
  QVERIFY(!session->project.setField("nodes", "16"));
  QTRY_VERIFY(session->evaluator.idle());
  QCOMPARE(completed.count(), 2);
  QCOMPARE(session->evaluator.evaluation()->revision, session->project.revision());
}
