// The timeline by mouse: what is under the pointer, zooming at it, ranges, the ruler that snaps.
#include <QSignalSpy>
#include <QWheelEvent>
#include <QtTest>

#include "gui/timeline/slice_lookup.h"
#include "gui/timeline/timeline_view.h"
#include "tests/gui/timeline/plan_traces.h"
#include "tests/gui/timeline/timeline_tests.h"

using namespace gui;

class TimelineMouseTest : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<TimelineView> view_;
  TimelineLayout layout_;

  // A long attention slice of the first compute row of a plan.
  SliceRef attention(PlanSlot slot, double after) const {
    const TimelineTrace& trace = view_->scene().trace(slot, TraceLayer::predicted)->trace;
    const TraceRow& row = trace.rows.front();
    std::size_t i = row.first_after(after);
    while (row.kind(i) != SliceKind::attention) ++i;
    return {slot, TraceLayer::predicted, 0, i};
  }
  QPointF middle_of(const SliceRef& ref) const {
    const TraceRow& row = *view_->scene().row(ref);
    const double t = (row.start(ref.slice) + row.end(ref.slice)) / 2;
    return {layout_.x_of(t, view_->timeRange()), layout_.place_of(ref)->band.center().y()};
  }
  void wheel(const QPointF& at, int notches, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
    QWheelEvent event(at, view_->mapToGlobal(at), QPoint(), QPoint(0, 120 * notches), Qt::NoButton, modifiers,
                      Qt::NoScrollPhase, false);
    QCoreApplication::sendEvent(view_.get(), &event);
  }

 private Q_SLOTS:
  void init() {
    view_ = std::make_unique<TimelineView>();
    view_->resize(1200, 900);
    view_->setTraces(tests::trace_of("burst"), tests::trace_of("zigzag-ring"));
    view_->show();
    QVERIFY(QTest::qWaitForWindowExposed(view_.get()));
    layout_ = view_->layoutFor(view_->rect());
  }

  void the_slice_under_a_pixel_is_found() {
    for (const PlanSlot slot : {PlanSlot::upper, PlanSlot::lower}) {
      const SliceRef ref =
          attention(slot, 0.3 * view_->scene().trace(slot, TraceLayer::predicted)->trace.duration);
      QCOMPARE(layout_.slice_at(middle_of(ref), view_->scene()), std::optional(ref));
    }
    // Labels, gaps between rows, the space right of the shorter plan.
    QVERIFY(!layout_.slice_at({5, layout_.rows[0].band.center().y()}, view_->scene()));
    QVERIFY(!layout_.slice_at({600, layout_.axis.center().y()}, view_->scene()));
    QVERIFY(!layout_.slice_at({layout_.plot.right() - 3, layout_.rows[0].band.center().y()}, view_->scene()));
  }

  void hovering_and_clicking_tell_the_slice() {
    QSignalSpy hovered(view_.get(), &TimelineView::sliceHovered), left(view_.get(), &TimelineView::hoverLeft),
        selected(view_.get(), &TimelineView::sliceSelected);
    const SliceRef ref = attention(PlanSlot::upper, 0.08);
    QTest::mouseMove(view_.get(), middle_of(ref).toPoint());
    QTRY_COMPARE(hovered.count(), 1);
    QVERIFY(hovered.last().at(0).value<SliceInfo>().name.startsWith(QStringLiteral("attention")));
    QCOMPARE(hovered.last().at(0).value<SliceInfo>().plan, QStringLiteral("burst 4x8"));
    QTest::mouseClick(view_.get(), Qt::LeftButton, {}, middle_of(ref).toPoint());
    QCOMPARE(selected.count(), 1);
    QCOMPARE(view_->scene().selected, std::optional(ref));
    QTest::mouseMove(view_.get(), QPoint(5, 5));
    QTRY_COMPARE(left.count(), 1);
  }

  void the_wheel_zooms_at_the_pointer() {
    const QPointF at(layout_.plot.left() + 0.3 * layout_.plot.width(), layout_.rows[2].band.center().y());
    const double before = layout_.time_at(at.x(), view_->timeRange());
    wheel(at, 3);
    QVERIFY(view_->timeRange().span() < 0.5 * view_->scene().range.total());
    QVERIFY(std::abs(layout_.time_at(at.x(), view_->timeRange()) - before) < 1e-9);
    const double span = view_->timeRange().span();
    wheel(at, 1, Qt::ControlModifier);
    QVERIFY(view_->timeRange().span() > 0.9 * span);
    wheel(at, 1, Qt::ShiftModifier);
    QVERIFY(view_->timeRange().span() < 0.5 * span);
    wheel(at, -40);
    QVERIFY(view_->scene().range.shows_all());
  }

  void dragging_chooses_a_range() {
    const int y = static_cast<int>(layout_.rows[1].band.center().y());
    const QPoint from(static_cast<int>(layout_.plot.left()) + 200, y), to(from.x() + 300, y + 4);
    const double a = layout_.time_at(from.x(), view_->timeRange()),
                 b = layout_.time_at(to.x(), view_->timeRange());
    QTest::mousePress(view_.get(), Qt::LeftButton, {}, from);
    QTest::mouseMove(view_.get(), to);
    QTRY_VERIFY(view_->scene().dragged);
    QTest::mouseRelease(view_.get(), Qt::LeftButton, {}, to);
    QVERIFY(!view_->scene().dragged);
    QVERIFY(std::abs(view_->timeRange().from - a) < 1e-9 && std::abs(view_->timeRange().to - b) < 1e-9);
    QTest::keyClick(view_.get(), Qt::Key_Backspace);
    QVERIFY(view_->scene().range.shows_all());
  }

  void the_ruler_snaps_to_edges() {
    const SliceRef ref = attention(PlanSlot::upper, 0.08);
    const TraceRow& row = *view_->scene().row(ref);
    view_->setTimeRange(row.start(ref.slice) - 0.004, row.end(ref.slice) + 0.004);
    const double y = layout_.place_of(ref)->band.center().y();
    const auto near = [&](double t, double pixels) {
      return QPointF(layout_.x_of(t, view_->timeRange()) + pixels, y).toPoint();
    };
    QTest::mousePress(view_.get(), Qt::LeftButton, Qt::ShiftModifier, near(row.start(ref.slice), 3));
    QTest::mouseMove(view_.get(), near(row.end(ref.slice), -4));
    QTRY_VERIFY(view_->scene().marked);
    QTest::mouseRelease(view_.get(), Qt::LeftButton, Qt::ShiftModifier, near(row.end(ref.slice), -4));
    // The pointer was pixels away; an edge is known to a float's digits.
    QVERIFY(std::abs(view_->scene().marked->from - row.start(ref.slice)) < 1e-9);
    QVERIFY(std::abs(view_->scene().marked->to - row.end(ref.slice)) < 1e-9);
  }

  void snapping_takes_the_nearest_edge_within_reach() {
    TraceRow row(0, LaneRole::send, QString());
    row.add(1.0, 2.0, SliceKind::send_inside, Critical::no, 0);
    row.add(2.5, 3.0, SliceKind::send_inside, Critical::no, 0);
    QCOMPARE(snapped(row, 1.1, 0.25), 1.0);
    QCOMPARE(snapped(row, 2.2, 0.25), 2.0);
    QCOMPARE(snapped(row, 2.3, 0.4), 2.5);
    QCOMPARE(snapped(row, 1.5, 0.2), 1.5);
    QCOMPARE(snapped(row, 3.05, 0.1), 3.0);
    QCOMPARE(snapped(row, 9.0, 0.1), 9.0);
  }

  void a_small_view_scrolls_its_rows() {
    view_->resize(700, 220);
    QTest::qWait(1);
    const TimelineLayout small = view_->layoutFor(view_->rect());
    QVERIFY(small.content_height > small.plot.height());
    for (const RowPlace& place : small.rows) QVERIFY(place.band.height() >= 3);
    view_->grab();
  }
};

std::unique_ptr<QObject> tests::timeline_mouse_test() { return std::make_unique<TimelineMouseTest>(); }

#include "timeline_mouse_test.moc"
