// The visible range stays inside the trace whatever is done to it, and the way back is kept.
#include "gui/timeline/range_stack.h"

#include <QtTest>
#include <limits>
#include <random>

#include "gui/timeline/time_axis.h"
#include "tests/gui/timeline/timeline_tests.h"

using namespace gui;

class RangeStackTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void zoom_never_leaves_the_trace() {
    for (const double total : {1e-7, 0.456, 3600.0}) {
      std::mt19937 random(7);
      std::uniform_real_distribution<double> chance(0.0, 1.0);
      RangeStack range(total);
      for (int i = 0; i < 20000; ++i) {
        const double what = chance(random);
        if (what < 0.4)
          range.zoom(std::pow(10.0, 2 * chance(random) - 1.2), (chance(random) * 1.4 - 0.2) * total);
        else if (what < 0.7)
          range.pan((chance(random) - 0.5) * 2 * total);
        else if (what < 0.9)
          range.show({(chance(random) * 1.4 - 0.2) * total, (chance(random) * 1.4 - 0.2) * total});
        else
          range.back();
        QVERIFY(range.now().from >= 0);
        QVERIFY(range.now().to <= total);
        QVERIFY(range.now().span() > 0);
      }
    }
  }

  void zooming_out_ends_at_all_of_it() {
    std::mt19937 random(3);
    std::uniform_real_distribution<double> chance(0.0, 1.0);
    for (int i = 0; i < 1000; ++i) {
      RangeStack range(chance(random));
      for (int k = 0; k < 5; ++k) range.zoom(0.7, chance(random) * range.total());
      for (int k = 0; k < 30; ++k) range.zoom(1 / 0.7, chance(random) * range.total());
      QVERIFY(range.shows_all());
    }
  }

  void the_time_under_the_pointer_stays() {
    RangeStack range(10);
    range.show({2, 6});
    range.zoom(0.5, 3);
    QCOMPARE(range.now().from, 2.5);
    QCOMPARE(range.now().to, 4.5);
  }

  void steps_go_back_together_and_jumps_one_by_one() {
    RangeStack range(10);
    range.show({2, 6});
    range.show({3, 4});
    for (int i = 0; i < 5; ++i) range.zoom(0.7, 3.5);
    range.pan(0.1);
    QVERIFY(range.back());
    QCOMPARE(range.now().from, 3.0);
    QVERIFY(range.back());
    QCOMPARE(range.now().to, 6.0);
    QVERIFY(range.back());
    QVERIFY(range.shows_all());
    QVERIFY(!range.back());
  }

  void nonsense_changes_nothing() {
    RangeStack range(10);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    range.show({nan, 3});
    range.show({4, 1});
    QVERIFY(range.shows_all());
    RangeStack empty(0);
    empty.zoom(0.5, 1);
    empty.pan(1);
    empty.show({0, 1});
    QCOMPARE(empty.now().span(), 0.0);
  }

  void ticks_are_round_and_inside() {
    for (const TimeRange range :
         {TimeRange{0, 0.457}, TimeRange{0.1234, 0.1236}, TimeRange{0, 33.3}, TimeRange{1e-6, 3e-6}}) {
      const std::vector<AxisTick> ticks = axis_ticks(range, 10);
      QVERIFY(ticks.size() >= 4 && ticks.size() <= 11);
      for (std::size_t i = 0; i < ticks.size(); ++i) {
        QVERIFY(ticks[i].at >= range.from - 1e-9 * range.to && ticks[i].at <= range.to * (1 + 1e-9));
        if (i > 0) QVERIFY(ticks[i].text != ticks[i - 1].text);
      }
    }
    QCOMPARE(axis_ticks({0, 0.457}, 10)[1].text, QStringLiteral("50 ms"));
    QVERIFY(axis_ticks({1, 1}, 10).empty());
  }
};

std::unique_ptr<QObject> tests::range_stack_test() { return std::make_unique<RangeStackTest>(); }

#include "range_stack_test.moc"
