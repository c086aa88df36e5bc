// A filter shows its own slices at full strength, however many there are, and fades the rest.
#include <QImage>
#include <QPainter>
#include <QtTest>

#include "gui/timeline/timeline_painter.h"
#include "tests/gui/timeline/random_trace.h"
#include "tests/gui/timeline/timeline_tests.h"

using namespace gui;

namespace {

constexpr double duration = 1;
const QRectF area(0, 0, 800, 120);

SliceFilter attention() {
  SliceFilter filter;
  filter.part = costmodel::ComputePart::attention_forward;
  return filter;
}

// Other kernels in the first half, attention in the second.
TimelineTrace halves(int slices) {
  TimelineTrace trace = tests::random_trace(1, 1, duration, 1);
  trace.rows[0] = TraceRow(0, LaneRole::compute, QStringLiteral("compute"));
  for (int i = 0; i < slices; ++i)
    trace.rows[0].add(duration * i / slices, duration * (i + 1) / slices,
                      2 * i < slices ? SliceKind::kernel : SliceKind::attention, Critical::no, 0);
  return tests::described(trace);
}

QImage picture(const TimelineScene& scene) {
  QImage image(area.size().toSize(), QImage::Format_RGB32);
  const TimelineLayout layout(scene, area, QFont());
  const SliceStyle style = style_from(QPalette());
  QPainter painter(&image);
  TimelinePainter(scene, layout, style, QFont()).paint(painter, area);
  painter.end();
  return image;
}

}  // namespace

class FilteredRowsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void they_are_the_slices_that_pass() {
    const TimelineTrace trace = tests::described(tests::random_trace(3, 500, duration, 7));
    const auto rows = filtered_rows(trace, attention());
    QCOMPARE(rows->trace.rows.size(), trace.rows.size());
    for (std::size_t r = 0; r < trace.rows.size(); ++r) {
      const TraceRow& kept = rows->trace.rows[r];
      std::size_t next = 0;
      for (std::size_t i = 0; i < trace.rows[r].size(); ++i) {
        if (!passes(attention(), trace, trace.rows[r], i)) continue;
        QVERIFY(next < kept.size());
        QCOMPARE(kept.start(next), trace.rows[r].start(i));
        QCOMPARE(kept.kind(next++), SliceKind::attention);
      }
      QVERIFY(next > 0);
      QCOMPARE(next, kept.size());
    }
  }

  void the_rest_is_faded_data() {
    QTest::addColumn<int>("slices");
    QTest::newRow("slices") << 8;
    QTest::newRow("columns") << 40000;
  }

  void the_rest_is_faded() {
    QFETCH(int, slices);
    TimelineScene scene;
    scene.predicted[0] = std::make_shared<const PreparedTrace>(halves(slices));
    scene.range.resize(duration);
    const TimelineLayout layout(scene, area, QFont());
    const QImage whole = picture(scene);
    scene.show_only(attention());
    const QImage filtered = picture(scene);
    QCOMPARE(layout.rows.size(), std::size_t{1});
    const QRectF band = layout.rows[0].band;
    const int y = static_cast<int>(band.center().y());
    for (int x = static_cast<int>(band.left()) + 1; x < static_cast<int>(band.right()) - 1; ++x) {
      const double part = (x + 0.5 - band.left()) / band.width();
      if (std::abs(part - 0.5) < 3 / band.width()) continue;  // the border between the halves
      const bool same = whole.pixel(x, y) == filtered.pixel(x, y);
      QVERIFY2(same == (part > 0.5), qPrintable(QString::number(part)));
    }
    scene.show_only({});
    QCOMPARE(picture(scene), whole);
  }

  void what_is_not_described_is_faded() {
    TimelineScene scene;
    scene.predicted[0] = std::make_shared<const PreparedTrace>(halves(8));
    scene.measured[0] = std::make_shared<const PreparedTrace>(tests::random_trace(1, 50, duration, 3));
    scene.range.resize(duration);
    scene.show_only(attention());
    QVERIFY(scene.passing[0] != nullptr);
    QVERIFY(scene.passing[1] == nullptr);
    QVERIFY(!picture(scene).isNull());
  }
};

std::unique_ptr<QObject> tests::filtered_rows_test() { return std::make_unique<FilteredRowsTest>(); }

#include "filtered_rows_test.moc"
