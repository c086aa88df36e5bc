#include "tests/gui/sweep_test.h"

#include <qcustomplot.h>

#include <QAbstractItemModelTester>
#include <QElapsedTimer>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QtTest>

#include "costmodel/base/unit_text.h"
#include "costmodel/spec/scenario_override.h"
#include "gui/views/sweep_curves.h"
#include "gui/views/sweep_view.h"
#include "tests/gui/gui_fixture.h"

using namespace gui;

void SweepTest::theGridHasTheScenario() {
  auto session = openedSession();
  const SweepGrid grid = gridAround(session->project.scenario());
  QCOMPARE(grid.sequences, (std::vector<std::string>{"32K", "64K", "128K", "256K", "512K", "1M", "2M"}));
  QCOMPARE(grid.nodes, (std::vector<std::string>{"1", "2", "4", "8", "16"}));
  QVERIFY(!session->project.setField("nodes", "3"));
  QVERIFY(!session->project.setField("sequence", "100001"));  // halves of it are no whole numbers
  const SweepGrid odd = gridAround(session->project.scenario());
  QCOMPARE(odd.sequences.front(), std::string("100001"));
  QCOMPARE(odd.nodes, (std::vector<std::string>{"1", "2", "3", "6", "12"}));
}

void SweepTest::cellsSayWhatTheSearchSays() {
  auto session = openedSession();
  SweepView view(session->project);
  QAbstractItemModelTester tester(view.map().model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
  view.start();
  QVERIFY(view.running());
  QTRY_VERIFY_WITH_TIMEOUT(!view.running(), 30000);
  const QAbstractItemModel& model = *view.map().model();
  for (const auto& [row, column] : std::vector<std::pair<int, int>>{{2, 3}, {0, 0}, {4, 6}}) {
    costmodel::Scenario scenario = session->project.scenario();
    costmodel::apply_override(
        scenario, "nodes",
        model.headerData(row, Qt::Vertical).toString().section(QLatin1Char(' '), 0, 0).toStdString());
    costmodel::apply_override(
        scenario, "sequence",
        model.headerData(column, Qt::Horizontal).toString().section(QLatin1Char(' '), 0, 0).toStdString());
    costmodel::Pricer pricer(scenario);
    const costmodel::SearchResult result = costmodel::search_plans(pricer);
    QVERIFY(!result.ranked.empty());
    const QString family = QString::fromStdString(costmodel::plan_family(result.ranked.front().plan));
    QVERIFY2(model.index(row, column).data().toString().startsWith(family + QLatin1Char('\n')),
             qPrintable(model.index(row, column).data().toString()));
  }
  QCOMPARE(view.csv().count(QLatin1Char('\n')), model.rowCount() * model.columnCount() + 1);
}

void SweepTest::curvesHaveEveryFamily() {
  auto session = openedSession();
  SweepView view(session->project);
  view.resize(1400, 500);
  view.show();
  view.start();
  QTRY_VERIFY_WITH_TIMEOUT(!view.running(), 30000);
  QCoreApplication::processEvents();
  SweepCurves& curves = view.curves();
  QCOMPARE(curves.panelCount(), view.map().model()->rowCount());
  // In a narrow view the map has the place of both.
  view.resize(600, 500);
  QVERIFY(curves.isHidden());
  view.resize(1400, 500);
  QVERIFY(!curves.isHidden());
  // Four nodes, every sequence: the winner and those that lose.
  const int columns = view.map().model()->columnCount();
  QCOMPARE(curves.pointCount(2, "burst"), columns);
  QCOMPARE(curves.pointCount(2, "ring"), columns);
  QCOMPARE(curves.pointCount(2, "no such plan"), 0);
  // A point says what the search says there, and loads its scenario.
  costmodel::Pricer pricer(session->project.scenario());
  const costmodel::PlanPrice best = costmodel::search_plans(pricer).ranked.front();
  QTRY_VERIFY(curves.textAt(curves.positionOf(2, 3)).contains(QStringLiteral("4 nodes")));
  const QString text = curves.textAt(curves.positionOf(2, 3));
  QVERIFY2(text.contains(QString::fromStdString(costmodel::format_seconds(best.per_replica()))),
           qPrintable(text));
  QVERIFY2(text.contains(QStringLiteral("256K tokens")), qPrintable(text));
  QTest::mouseClick(curves.findChild<QCustomPlot*>(), Qt::LeftButton, {}, curves.positionOf(3, 5).toPoint());
  QCOMPARE(session->project.scenario().cluster.node_count(), 8);
  QCOMPARE(session->project.scenario().workload.sequence, std::int64_t{1048576});
}

void SweepTest::aClickLoadsThePoint() {
  auto session = openedSession();
  SweepView view(session->project);
  view.resize(900, 400);
  view.show();
  view.start();
  QTRY_VERIFY_WITH_TIMEOUT(!view.running(), 30000);
  QTest::mouseClick(view.map().viewport(), Qt::LeftButton, {},
                    view.map().visualRect(view.map().model()->index(3, 5)).center());
  QCOMPARE(session->project.scenario().workload.sequence, std::int64_t{1048576});
  QCOMPARE(session->project.scenario().cluster.node_count(), 8);
  session->project.undoStack().undo();
  QCOMPARE(session->project.document().text, quick_scenario);
}

void SweepTest::cancellingIsQuick() {
  auto session = std::make_unique<Session>();
  QVERIFY(!session->project.openExample());  // a search takes tens of milliseconds there
  SweepView view(session->project);
  view.start();
  QTest::qWait(30);
  QElapsedTimer timer;
  timer.start();
  view.cancel();
  QVERIFY(timer.elapsed() < 100);
  QVERIFY(!view.running());
  view.start();  // and it can start again at once
  QVERIFY(view.running());
  view.cancel();
}

void SweepTest::closingDuringASweepIsFine() {
  auto session = openedSession();
  {
    MainWindow window(*session, MainWindow::Memory::none);
    window.show();
    window.startSweep();
    QTest::qWait(20);
  }
  QTest::qWait(20);
}

void SweepTest::aDragChoosesLimits() {
  auto session = openedSession();
  const SweepGrid fine = gridBetween(session->project.scenario(), SweepLimits{262144, 1048576, 2, 4});
  QCOMPARE(fine.sequences.front(), std::string("256K"));
  QCOMPARE(fine.sequences.back(), std::string("1M"));
  QVERIFY(fine.sequences.size() >= 8);
  for (const std::string& tokens : fine.sequences) QVERIFY(costmodel::parse_tokens(tokens) % 16384 == 0);
  QCOMPARE(fine.nodes, (std::vector<std::string>{"2", "3", "4"}));
  SweepView view(session->project);
  view.resize(1200, 400);
  view.show();
  view.start();
  QTRY_VERIFY_WITH_TIMEOUT(!view.running(), 30000);
  QVERIFY(!view.refineButton().isEnabled());
  // From 128K on 2 nodes to 512K on 4 nodes, by mouse; that loads nothing.
  QTableView& map = view.map();
  const auto middle = [&](int row, int column) {
    return map.visualRect(map.model()->index(row, column)).center();
  };
  QTest::mousePress(map.viewport(), Qt::LeftButton, {}, middle(1, 2));
  QMouseEvent move(QEvent::MouseMove, middle(2, 4), map.viewport()->mapToGlobal(middle(2, 4)), Qt::NoButton,
                   Qt::LeftButton, Qt::NoModifier);
  QCoreApplication::sendEvent(map.viewport(), &move);
  QTest::mouseRelease(map.viewport(), Qt::LeftButton, {}, middle(2, 4));
  QCOMPARE(session->project.document().text, quick_scenario);
  QVERIFY(view.refineButton().isEnabled());
  view.refineButton().click();
  QVERIFY(view.running());
  QTRY_VERIFY_WITH_TIMEOUT(!view.running(), 30000);
  const QAbstractItemModel& model = *map.model();
  QCOMPARE(model.headerData(0, Qt::Horizontal).toString(), QStringLiteral("128K"));
  QCOMPARE(model.headerData(model.columnCount() - 1, Qt::Horizontal).toString(), QStringLiteral("512K"));
  QCOMPARE(model.rowCount(), 3);
  // Every length of the finer grid can be split among 16 and 32 GPUs, which 3 nodes of 8 cannot do.
  for (const int row : {0, 2})
    for (int column = 0; column < model.columnCount(); ++column)
      QVERIFY2(!model.index(row, column).data().toString().startsWith(QStringLiteral("\u2717")),
               qPrintable(model.headerData(column, Qt::Horizontal).toString()));
}

void SweepTest::simulatedWinnersAreShown() {
  auto session = openedSession();
  SweepView view(session->project);
  QVERIFY(!view.simulateButton().isVisible());
  view.show();
  view.start();
  QTRY_VERIFY_WITH_TIMEOUT(!view.running(), 30000);
  QSignalSpy wanted(&view, &SweepView::simulationWanted);
  view.simulateButton().click();
  QCOMPARE(wanted.count(), 1);
  const auto request = wanted.front().front().value<SweepSimulationRequest>();
  QCOMPARE(request.revision, session->project.revision());
  SweepSimulationAnswer answer{
      {{"4", "256K", "burst 4x8", 1.5, {}}, {"2", "256K", "", 0, QStringLiteral("a reason")}},
      request.revision};
  view.takeSimulated(answer);
  const QAbstractItemModel& model = *view.map().model();
  QVERIFY2(model.index(2, 3).data().toString().contains(QStringLiteral("(1.5\u00a0s)")),
           qPrintable(model.index(2, 3).data().toString()));
  QVERIFY(model.index(1, 3).data(Qt::ToolTipRole).toString().contains(QStringLiteral("a reason")));
  QVERIFY(view.csv().contains(QStringLiteral(",1.5,")));
  // An answer to another scenario is dropped.
  view.start();
  answer.revision = request.revision + 1;
  view.takeSimulated(answer);
  QVERIFY(!view.csv().contains(QStringLiteral(",1.5,")));
  view.cancel();
}
