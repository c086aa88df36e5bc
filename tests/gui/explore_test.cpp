#include "tests/gui/explore_test.h"

#include <QClipboard>
#include <QDockWidget>
#include <QFrame>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMimeData>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QToolTip>
#include <QtTest>

#include "costmodel/plan/plan_alias.h"
#include "costmodel/price/quantity_text.h"
#include "gui/timeline/timeline_view.h"
#include "gui/views/breakdown_view.h"
#include "gui/views/plan_table_view.h"
#include "gui/views/scenario_editor.h"
#include "gui/views/timeline_panel.h"
#include "gui/views/trade_off_view.h"
#include "gui/views/verdict_bar.h"
#include "tests/gui/opened_window.h"

using namespace gui;

namespace {

const costmodel::PlanReport& reportOf(const Session& session, const char* family) {
  const Evaluation& evaluation = *session.selection.evaluation();
  return *evaluation.report(evaluation.indexOfFamily(family));
}

// A drag with Shift along points of a widget.
void dragAlong(QWidget& widget, const QPolygonF& path) {
  QTest::mousePress(&widget, Qt::LeftButton, Qt::ShiftModifier, path.front().toPoint());
  for (const QPointF& point : path) {
    QMouseEvent move(QEvent::MouseMove, point, widget.mapToGlobal(point), Qt::NoButton, Qt::LeftButton,
                     Qt::ShiftModifier);
    QCoreApplication::sendEvent(&widget, &move);
  }
  QTest::mouseRelease(&widget, Qt::LeftButton, Qt::ShiftModifier, path.back().toPoint());
}

int rowOf(QTableView& table, int report) {
  for (int row = 0; row < table.model()->rowCount(); ++row)
    if (table.model()->index(row, 0).data(PlanTableModel::index_role).toInt() == report) return row;
  return -1;
}

QLabel* popupLabel(MainWindow& window) {
  for (QFrame* frame : window.findChildren<QFrame*>(QStringLiteral("figurePopup")))
    if (frame->isVisible()) return frame->findChild<QLabel*>();
  return nullptr;
}

}  // namespace

// A U round the mark of ring 32 leaves out what lies inside its bay, which a box would not.
void ExploreTest::aLassoTakesWhatItEncloses() {
  auto [session, window] = openedWindow();
  TradeOffView& view = window->tradeOff();
  const int ring = session->selection.evaluation()->indexOfFamily("ring");
  const QPointF at = view.positionOf(ring);
  QWidget* plot = view.childAt(at.toPoint());
  const QPolygonF loop{at + QPointF(-12, -12), at + QPointF(12, -12), at + QPointF(12, 12),
                       at + QPointF(-12, 12)};
  dragAlong(*plot, loop);
  const costmodel::Plan plan = reportOf(*session, "ring").price.plan;
  QVERIFY(session->selection.isMarked(plan));
  // Round the whole plot, with a bay cut in from the right that has the mark in it.
  const QRectF box = QRectF(plot->rect()).adjusted(1, 1, -1, -1);
  QPolygonF bay{box.topLeft(), box.topRight(), QPointF(box.right(), at.y() - 6)};
  bay << QPointF(at.x() - 8, at.y() - 6) << QPointF(at.x() - 8, at.y() + 6)
      << QPointF(box.right(), at.y() + 6) << box.bottomRight() << box.bottomLeft();
  dragAlong(*plot, bay);
  QVERIFY(!session->selection.marked().empty());
  QVERIFY(!session->selection.isMarked(plan));
}

void ExploreTest::theAxesCanBeChosen() {
  auto [session, window] = openedWindow();
  TradeOffView& view = window->tradeOff();
  const Evaluation& evaluation = *session->selection.evaluation();
  const int all_gather = evaluation.indexOfFamily("all-gather");
  QVERIFY(all_gather >= 0);
  // From the menu, as a person does.
  QMenu menu;
  view.fillAxesMenu(menu);
  Q_EMIT menu.aboutToShow();
  QAction* network = nullptr;
  for (QAction* action : menu.actions())
    if (action->text().contains(QStringLiteral("Across: Sent over the network"))) network = action;
  QVERIFY(network != nullptr && network->isEnabled());
  network->trigger();
  QCOMPARE(view.axes().x, TradeOffAxis::network);
  // Further to the right sends more.
  const int burst = evaluation.indexOfFamily("burst"), ring = evaluation.indexOfFamily("ring");
  const double more = evaluation.report(ring)->price.traffic.scale_out.value -
                      evaluation.report(burst)->price.traffic.scale_out.value;
  QVERIFY(more != 0);
  QCOMPARE(view.positionOf(ring).x() > view.positionOf(burst).x(), more > 0);
  // Logarithmic and back, and every pair paints.
  view.setLogarithmic(true);
  view.setLogarithmic(false);
  for (const TradeOffAxis x : trade_off_axes)
    for (const TradeOffAxis y : trade_off_axes) {
      view.setAxes({x, y});
      QVERIFY(!view.grab().isNull());
    }
  QVERIFY(
      view.csv().startsWith(QStringLiteral("plan,time_s,memory_peak_B,traffic_inter_B,traffic_intra_B,"
                                           "exposed_share,tokens_per_s_per_gpu,fits\n")));
  // One node has no network: the axis goes back to time.
  view.setAxes({TradeOffAxis::network, TradeOffAxis::memory});
  QVERIFY(!session->project.setField("nodes", "1"));
  QTRY_VERIFY(session->evaluator.upToDate());
  QCOMPARE(view.axes().x, TradeOffAxis::time);
}

void ExploreTest::theFrontIsUnbeatenOnEveryPairOfAxes() {
  const auto session = openedSession();
  const Evaluation& evaluation = *session->selection.evaluation();
  for (const TradeOffAxis x : {TradeOffAxis::time, TradeOffAxis::rate, TradeOffAxis::network})
    for (const TradeOffAxis y : {TradeOffAxis::memory, TradeOffAxis::rate}) {
      const TradeOffAxes axes{x, y};
      const std::vector<TradeOffPoint> cloud = cloudOf(axes, evaluation), front = frontOf(axes, cloud);
      QVERIFY(!front.empty());
      const auto better = [](TradeOffAxis axis, double a, double b) {
        return betterOn(axis) == Better::less ? a < b : a > b;
      };
      const auto beats = [&](const TradeOffPoint& a, const TradeOffPoint& b) {
        return better(x, a.x, b.x) && better(y, a.y, b.y);
      };
      for (const TradeOffPoint& kept : front)
        for (const TradeOffPoint& point : cloud) QVERIFY(!point.fits() || !beats(point, kept));
      // And whatever is not in the front is beaten or equalled by something that is.
      for (const TradeOffPoint& point : cloud)
        QVERIFY(!point.fits() || std::any_of(front.begin(), front.end(), [&](const TradeOffPoint& kept) {
          return !better(x, point.x, kept.x) && !better(y, point.y, kept.y);
        }));
    }
}

void ExploreTest::theCauseLeadsToItsStall() {
  auto [session, window] = openedWindow();
  auto* dock = window->findChild<QDockWidget*>(QStringLiteral("timelineDock"));
  dock->hide();
  session->selection.chooseBaseline("all-gather");
  QLabel* why = nullptr;
  for (QLabel* label : window->verdict().findChildren<QLabel*>())
    if (label->accessibleName() == QStringLiteral("Why")) why = label;
  QVERIFY(why != nullptr);
  const QRegularExpressionMatch link =
      QRegularExpression(QStringLiteral("href='(cause:(\\d+))'[^>]*>([^<]+)<")).match(why->text());
  QVERIFY2(link.hasMatch(), qPrintable(why->text()));
  Q_EMIT why->linkActivated(link.captured(1));
  QCOMPARE(session->selection.current(), session->selection.evaluation()->winner);
  QCOMPARE(session->selection.baseline(), link.captured(2).toInt());
  // The link's words are that plan's name.
  QCOMPARE(link.captured(3),
           QString::fromStdString(costmodel::split_name(session->selection.baselineReport()->price.plan,
                                                        session->selection.evaluation()->scenario)));
  QVERIFY(!dock->isHidden());
  const TimelineScene& scene = window->timeline().view().scene();
  QVERIFY(scene.selected);
  QCOMPARE(scene.selected->slot, PlanSlot::lower);
  const TraceRow& row = *scene.row(*scene.selected);
  QCOMPARE(row.kind(scene.selected->slice), SliceKind::stall);
  const double length = row.end(scene.selected->slice) - row.start(scene.selected->slice);
  // It is in sight and large.
  const TimeRange range = window->timeline().view().timeRange();
  QVERIFY(range.from <= row.start(scene.selected->slice) && range.to >= row.end(scene.selected->slice));
  QVERIFY(range.span() < 6.5 * length || range.span() >= 0.999 * scene.longest());
  for (const TraceRow& other : scene.trace(*scene.selected)->trace.rows)
    for (std::size_t i = 0; i < other.size(); ++i)
      QVERIFY(other.kind(i) != SliceKind::stall || other.end(i) - other.start(i) <= length * (1 + 1e-6));
}

void ExploreTest::aPartOfTheTimeIsShownInTheTimeline() {
  auto [session, window] = openedWindow();
  session->selection.chooseCurrent("all-gather");
  window->raiseDock(QStringLiteral("breakdownDock"));
  QCoreApplication::processEvents();
  auto* breakdown = window->findChild<BreakdownView*>();
  std::string found;
  QSignalSpy chosen(breakdown, &BreakdownView::partChosen);
  QPointF at;
  for (const costmodel::Figure& each : session->selection.currentReport()->figures)
    if (each.name.ends_with(".exposed") && at.isNull()) {
      at = breakdown->positionOf(each.name);
      found = each.name;
    }
  QVERIFY2(!at.isNull(), found.c_str());
  QWidget* plot = breakdown->childAt(at.toPoint());
  QTest::mouseClick(plot, Qt::LeftButton, {}, at.toPoint());
  QCOMPARE(chosen.count(), 1);
  TimelineView& timeline = window->timeline().view();
  QVERIFY(timeline.scene().filter);
  QCOMPARE(timeline.scene().filter->what, SliceFilter::What::waiting);
  // Only stalls of that phase pass, and there are some.
  const TimelineTrace& trace = timeline.scene().trace(PlanSlot::upper, TraceLayer::predicted)->trace;
  int passing = 0;
  for (const TraceRow& row : trace.rows)
    for (std::size_t i = 0; i < row.size(); ++i)
      if (passes(*timeline.scene().filter, trace, row, i)) {
        ++passing;
        QCOMPARE(row.kind(i), SliceKind::stall);
      }
  QVERIFY(passing > 0);
  // The picture is another one, and Escape brings all back.
  const QImage faded = timeline.grab().toImage();
  QTest::keyClick(&timeline, Qt::Key_Escape);
  QVERIFY(!timeline.scene().filter);
  QVERIFY(timeline.grab().toImage() != faded);
}

void ExploreTest::aPinnedPlanStaysOnTop() {
  auto [session, window] = openedWindow();
  QTableView& table = window->plans().table();
  const int ring = session->selection.evaluation()->indexOfFamily("ring");
  const costmodel::Plan plan = reportOf(*session, "ring").price.plan;
  QVERIFY(rowOf(table, ring) > 0);
  session->selection.setCurrent(ring);
  QTest::keyClick(&table, Qt::Key_P);
  QVERIFY(session->selection.isKept(plan));
  QCOMPARE(rowOf(table, ring), 0);
  QCOMPARE(session->selection.current(), ring);
  QVERIFY(
      table.model()->index(0, 0).data(Qt::AccessibleTextRole).toString().contains(QStringLiteral("pinned")));
  for (const Qt::SortOrder order : {Qt::DescendingOrder, Qt::AscendingOrder}) {
    table.sortByColumn(static_cast<int>(PlanColumn::memory), order);
    QCOMPARE(rowOf(table, ring), 0);
  }
  // Through an edit, with the same axes.
  QVERIFY(!session->project.setField("sequence", "512K"));
  QTRY_VERIFY(session->evaluator.upToDate());
  const int now = session->selection.evaluation()->indexOf(plan);
  QVERIFY(now >= 0);
  QTRY_COMPARE(rowOf(table, now), 0);
  // And let go again.
  session->selection.toggleKept(now);
  QVERIFY(!session->selection.isKept(plan));
  QVERIFY(rowOf(table, now) != 0);
}

void ExploreTest::enterOpensTheTimeline() {
  auto [session, window] = openedWindow();
  window->raiseDock(QStringLiteral("jobsDock"));
  auto* dock = window->findChild<QDockWidget*>(QStringLiteral("timelineDock"));
  dock->hide();
  QTest::keyClick(&window->plans().table(), Qt::Key_Return);
  QVERIFY(!dock->isHidden());
  QVERIFY(window->timeline().view().hasFocus());
}

void ExploreTest::f2KeepsTheNumberOfACell() {
  auto [session, window] = openedWindow();
  QTableView& table = window->plans().table();
  const QModelIndex cell = table.model()->index(0, static_cast<int>(PlanColumn::memory));
  table.setCurrentIndex(cell);
  QTest::keyClick(&table, Qt::Key_F2);
  QLabel* label = popupLabel(*window);
  QVERIFY(label != nullptr);
  const costmodel::PlanReport& report =
      *session->selection.evaluation()->report(cell.data(PlanTableModel::index_role).toInt());
  const costmodel::Figure& figure = report.figure("memory.peak");
  for (const std::string& part : {costmodel::value_text(figure), figure.formula})
    QVERIFY2(label->text().contains(QString::fromStdString(part)), part.c_str());
  QVERIFY((label->textInteractionFlags() & Qt::TextSelectableByMouse) != 0);
}

void ExploreTest::f2KeepsATooltip() {
  auto [session, window] = openedWindow();
  window->activateWindow();
  QToolTip::showText(window->mapToGlobal(QPoint(500, 300)), QStringLiteral("seven < eight\nlines"),
                     window.get());
  QTRY_VERIFY(QToolTip::isVisible());
  QTest::keyClick(window.get(), Qt::Key_F2);
  QLabel* label = popupLabel(*window);
  QVERIFY(label != nullptr);
  QCOMPARE(label->text(), QStringLiteral("seven &lt; eight<br>lines"));
}

void ExploreTest::aNumberOfTheVerdictIsExplained() {
  auto [session, window] = openedWindow();
  auto* headline = window->verdict().findChild<QLabel*>(QStringLiteral("verdictHeadline"));
  Q_EMIT headline->linkActivated(QStringLiteral("time"));
  QLabel* label = popupLabel(*window);
  QVERIFY(label != nullptr);
  const Evaluation& evaluation = *session->selection.evaluation();
  const costmodel::Figure& time = evaluation.report(evaluation.winner)->figure("time");
  QVERIFY(label->text().contains(QString::fromStdString(time.expression).toHtmlEscaped()));
}

// Ctrl+Shift+C: 1600 x 900 as a picture at twice the pixels, and as SVG; Ctrl+Shift+V: the words.
void ExploreTest::theFigureIsCopied() {
  auto [session, window] = openedWindow();
  QTest::keyClick(window.get(), Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
  const QMimeData* copied = QApplication::clipboard()->mimeData();
  QVERIFY(copied->hasImage());
  const QImage image = qvariant_cast<QImage>(copied->imageData());
  QCOMPARE(image.size() / 2, QSize(1600, 900));
  const QByteArray svg = copied->data(QStringLiteral("image/svg+xml"));
  QVERIFY(svg.contains("<svg") && svg.contains("viewBox=\"0 0 1600 900\""));
  QTest::keyClick(window.get(), Qt::Key_V, Qt::ControlModifier | Qt::ShiftModifier);
  QCOMPARE(QApplication::clipboard()->text(), window->verdict().plainText());
}

// Opens a file, changes the sequence, chooses a plan, zooms to the first stall and exports, without a mouse.
void ExploreTest::aRunByKeysAlone() {
  auto [session, window] = openedWindow();
  const auto command = [&](const char* text) { runCommand(*window, text); };
  command("open the example");
  QTRY_VERIFY(session->evaluator.upToDate());
  QVERIFY(session->project.title().startsWith(QStringLiteral("example")));
  command("seq 512K");
  QTRY_VERIFY_WITH_TIMEOUT(session->evaluator.upToDate(), 20000);
  QCOMPARE(session->project.scenario().workload.sequence, std::int64_t{524288});
  command("plan zigzag-ring");
  QCOMPARE(costmodel::plan_family(session->selection.currentReport()->price.plan),
           std::string("zigzag-ring"));
  window->activateWindow();
  QVERIFY(QTest::qWaitForWindowActive(window.get()));
  QTest::keyClick(&window->plans().table(), Qt::Key_Return);
  TimelineView& timeline = window->timeline().view();
  QVERIFY(timeline.hasFocus());
  QTest::keyClick(&timeline, Qt::Key_N);
  QVERIFY(timeline.scene().selected);
  QTest::keyClick(&timeline, Qt::Key_F);
  const TraceRow& row = *timeline.scene().row(*timeline.scene().selected);
  const std::size_t slice = timeline.scene().selected->slice;
  QCOMPARE(row.kind(slice), SliceKind::stall);
  QVERIFY(timeline.timeRange().span() < 2 * (row.end(slice) - row.start(slice)));
  command("edit: copy the plans as csv");
  QVERIFY(QApplication::clipboard()->text().contains(QStringLiteral("zigzag-ring")));
}

// What is typed so far is answered in a pause; Escape takes it back; the list says what differs.
void ExploreTest::typingIsAnsweredBeforeReturn() {
  auto [session, window] = openedWindow();
  auto* changes = window->editor().findChild<QLabel*>(QStringLiteral("changeList"));
  QVERIFY(changes != nullptr && !changes->isVisible());
  QWidget* field = window->editor().row("sequence")->input();
  field->setFocus();
  auto* line = field->findChild<QLineEdit*>();
  line->selectAll();
  QTest::keyClicks(line, QStringLiteral("2*512K"));
  QCOMPARE(session->project.scenario().workload.sequence, std::int64_t{262144});
  QTRY_COMPARE(session->project.scenario().workload.sequence, std::int64_t{1048576});
  QCOMPARE(line->text(), QStringLiteral("2*512K"));  // nothing is put in the place of what is typed
  QVERIFY(changes->isVisible());
  QVERIFY2(changes->text().contains(QStringLiteral("Sequence: 1M, was 256K")), qPrintable(changes->text()));
  // Half an expression is no mistake.
  QTest::keyClicks(line, QStringLiteral("*"));
  QTest::qWait(400);
  QVERIFY(window->plans().graphicsEffect() == nullptr);
  QCOMPARE(session->project.scenario().workload.sequence, std::int64_t{1048576});
  QTest::keyClick(line, Qt::Key_Backspace);
  QTest::keyClick(line, Qt::Key_Return);
  QCOMPARE(line->text(), QStringLiteral("1M"));
  QCOMPARE(session->project.undoStack().count(), 1);
  // Escape after an answer: as before the typing.
  line->selectAll();
  QTest::keyClicks(line, QStringLiteral("64K"));
  QTRY_COMPARE(session->project.scenario().workload.sequence, std::int64_t{65536});
  QTest::keyClick(field, Qt::Key_Escape);
  QCOMPARE(session->project.scenario().workload.sequence, std::int64_t{1048576});
  QCOMPARE(line->text(), QStringLiteral("1M"));
  Q_EMIT changes->linkActivated(QStringLiteral("nodes"));
  QVERIFY(window->editor().row("nodes")->input()->hasFocus());
}
