// The timeline by keyboard alone: every key does what it promises.
#include <QLabel>
#include <QLineEdit>
#include <QSignalSpy>
#include <QtTest>

#include "gui/timeline/timeline_view.h"
#include "tests/gui/timeline/plan_traces.h"
#include "tests/gui/timeline/timeline_tests.h"

using namespace gui;

class TimelineKeysTest : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<TimelineView> view_;

  TimeRange now() const { return view_->timeRange(); }
  double total() const { return view_->scene().range.total(); }
  void press(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
    QTest::keyClick(view_.get(), key, modifiers);
  }

 private Q_SLOTS:
  void init() {
    view_ = std::make_unique<TimelineView>();
    view_->resize(1200, 500);
    view_->setTraces(tests::trace_of("burst"), tests::trace_of("zigzag-ring"));
    view_->show();
    QVERIFY(QTest::qWaitForWindowExposed(view_.get()));
    view_->setFocus();
  }

  void w_and_s_zoom_around_the_middle() {
    press(Qt::Key_W);
    const TimeRange closer = now();
    QVERIFY(closer.span() < total());
    QCOMPARE((closer.from + closer.to) / 2, total() / 2);
    press(Qt::Key_W);
    const double one_step = now().span() / closer.span();
    press(Qt::Key_W, Qt::ShiftModifier);
    press(Qt::Key_S, Qt::ShiftModifier);
    press(Qt::Key_W, Qt::ControlModifier);
    QVERIFY(now().span() / (closer.span() * one_step) > one_step);  // Ctrl: finer
    for (int i = 0; i < 60; ++i) press(Qt::Key_S);
    QCOMPARE(now().span(), total());
  }

  void a_and_d_move_and_stop_at_the_ends() {
    for (int i = 0; i < 4; ++i) press(Qt::Key_W);
    const TimeRange middle = now();
    press(Qt::Key_A);
    QVERIFY(now().from < middle.from);
    QCOMPARE(now().span(), middle.span());
    press(Qt::Key_D);
    QCOMPARE(now().from, middle.from);
    for (int i = 0; i < 100; ++i) press(Qt::Key_A);
    QCOMPARE(now().from, 0.0);
    for (int i = 0; i < 200; ++i) press(Qt::Key_D);
    QCOMPARE(now().to, total());
  }

  void backspace_goes_back_and_0_shows_all() {
    view_->setTimeRange(0.1 * total(), 0.2 * total());
    const TimeRange first = now();
    view_->setTimeRange(0.12 * total(), 0.13 * total());
    press(Qt::Key_Backspace);
    QCOMPARE(now(), first);
    press(Qt::Key_0);
    QVERIFY(view_->scene().range.shows_all());
    press(Qt::Key_Backspace);
    QCOMPARE(now(), first);
  }

  void n_and_p_go_from_stall_to_stall() {
    view_->setTraces(tests::trace_of("zigzag-ring"));
    QSignalSpy selected(view_.get(), &TimelineView::sliceSelected);
    press(Qt::Key_N);
    QVERIFY(view_->scene().selected);
    double last = -1;
    const std::size_t first_row = view_->scene().selected->row;
    for (int i = 0; i < 30; ++i) {
      const SliceRef ref = *view_->scene().selected;
      const TraceRow& row = *view_->scene().row(ref);
      QCOMPARE(ref.row, first_row);
      QCOMPARE(row.kind(ref.slice), SliceKind::stall);
      QVERIFY(row.start(ref.slice) > last);
      last = row.start(ref.slice);
      QVERIFY(now().from <= row.end(ref.slice) && row.start(ref.slice) <= now().to);
      press(Qt::Key_N);
    }
    press(Qt::Key_P);
    press(Qt::Key_P);
    QVERIFY(view_->scene().row(*view_->scene().selected)->start(view_->scene().selected->slice) < last);
    QVERIFY(selected.count() > 30);
    const auto info = selected.last().at(0).value<SliceInfo>();
    QCOMPARE(info.name, QStringLiteral("stall"));
    QVERIFY(info.phase >= 0 && info.operation >= 0);
  }

  void m_marks_the_selected_slice_and_escape_removes_the_mark() {
    press(Qt::Key_N);
    const SliceRef ref = *view_->scene().selected;
    const TraceRow& row = *view_->scene().row(ref);
    press(Qt::Key_M);
    QVERIFY(view_->scene().marked);
    QCOMPARE(view_->scene().marked->from, row.start(ref.slice));
    QCOMPARE(view_->scene().marked->to, row.end(ref.slice));
    press(Qt::Key_Escape);
    QVERIFY(!view_->scene().marked && !view_->scene().selected);
  }

  void control_and_arrows_walk_over_slices_and_rows() {
    press(Qt::Key_Right, Qt::ControlModifier);
    QVERIFY(view_->scene().selected);
    const SliceRef first = *view_->scene().selected;
    press(Qt::Key_Right, Qt::ControlModifier);
    QCOMPARE(view_->scene().selected->slice, first.slice + 1);
    press(Qt::Key_Left, Qt::ControlModifier);
    QCOMPARE(*view_->scene().selected, first);
    press(Qt::Key_Down, Qt::ControlModifier);
    QVERIFY(view_->scene().selected->row != first.row);
    QVERIFY(view_->accessibleDescription().contains(QStringLiteral("rank 0")));
  }

  void slash_searches_and_enter_goes_on() {
    press(Qt::Key_Slash);
    auto* box = view_->findChild<QLineEdit*>();
    QVERIFY(box && box->isVisible());
    QTest::keyClicks(box, QStringLiteral("K,V"));
    QTest::keyClick(box, Qt::Key_Return);
    QVERIFY(view_->scene().selected);
    const auto name_of_selected = [this] {
      const SliceRef ref = *view_->scene().selected;
      return view_->scene().trace(ref)->trace.names[view_->scene().row(ref)->name(ref.slice)];
    };
    QVERIFY(name_of_selected().contains(QStringLiteral("K,V")));
    const SliceRef first = *view_->scene().selected;
    QTest::keyClick(box, Qt::Key_Return);
    QVERIFY(*view_->scene().selected != first);
    QTest::keyClick(box, Qt::Key_Return, Qt::ShiftModifier);
    QCOMPARE(*view_->scene().selected, first);
    QTest::keyClick(box, Qt::Key_Escape);
    QVERIFY(!box->isVisible() && view_->scene().search.isEmpty());
    QVERIFY(view_->hasFocus());
    press(Qt::Key_Slash);
    QTest::keyClicks(box, QStringLiteral("nothing has this name"));
    QCOMPARE(view_->scene().matches, std::size_t{0});
    QTest::keyClick(box, Qt::Key_Return);
    QCOMPARE(*view_->scene().selected, first);
  }

  void f2_keeps_the_text_of_a_slice_until_escape() {
    auto* pinned = view_->findChild<QLabel*>(QStringLiteral("pinned"));
    press(Qt::Key_F2);
    QVERIFY(!pinned->isVisible());  // nothing is chosen
    press(Qt::Key_N);
    press(Qt::Key_F2);
    QVERIFY(pinned->isVisible() && pinned->text().contains(QStringLiteral("4.10")));
    QVERIFY(view_->rect().contains(pinned->geometry()));
    press(Qt::Key_N);  // another slice
    QVERIFY(!pinned->isVisible());
    press(Qt::Key_F2);
    press(Qt::Key_Escape);
    QVERIFY(!pinned->isVisible());
  }

  void the_range_is_told() {
    QSignalSpy told(view_.get(), &TimelineView::timeRangeChanged);
    press(Qt::Key_W);
    QCOMPARE(told.count(), 1);
    QCOMPARE(told.last().at(0).toDouble(), now().from);
    press(Qt::Key_Escape);
    press(Qt::Key_N);
    for (int i = 0; i < 100; ++i) press(Qt::Key_S);
    const qsizetype count = told.count();
    press(Qt::Key_S);  // everything is shown already
    QCOMPARE(told.count(), count);
  }

  void it_has_a_name_for_screen_readers() {
    QVERIFY(!view_->accessibleName().isEmpty());
    QVERIFY(!view_->findChild<QLineEdit*>()->accessibleName().isEmpty());
    QCOMPARE(view_->focusPolicy(), Qt::StrongFocus);
  }

  void without_a_plan_keys_do_nothing_and_the_view_says_so() {
    TimelineView empty;
    empty.resize(600, 200);
    empty.show();
    const QImage picture = empty.grab().toImage();
    for (const Qt::Key key :
         {Qt::Key_W, Qt::Key_N, Qt::Key_M, Qt::Key_0, Qt::Key_Backspace, Qt::Key_F, Qt::Key_Return})
      QTest::keyClick(&empty, key);
    QVERIFY(empty.scene().empty());
    // Something is written there.
    QSet<QRgb> colours;
    for (int y = 80; y < 120; ++y)
      for (int x = 100; x < 500; ++x) colours.insert(picture.pixel(x, y));
    QVERIFY(colours.size() > 2);
  }

  void other_plans_keep_the_place() {
    view_->setTimeRange(0.1 * total(), 0.2 * total());
    const TimeRange before = now();
    view_->setTraces(tests::trace_of("burst"), tests::trace_of("zigzag-ring"));
    QCOMPARE(now(), before);
    view_->setTraces(tests::trace_of("burst"));  // half as long
    QCOMPARE(now(), before);
    press(Qt::Key_0);
    view_->setTraces(tests::trace_of("zigzag-ring"));
    QVERIFY(view_->scene().range.shows_all());
    view_->setTimeRange(0.9 * total(), total());
    view_->setTraces(tests::trace_of("burst"));  // the place is beyond its end
    QVERIFY(now().to <= total() && now().span() > 0);
  }
};

std::unique_ptr<QObject> tests::timeline_keys_test() { return std::make_unique<TimelineKeysTest>(); }

#include "timeline_keys_test.moc"
