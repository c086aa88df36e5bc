// The painted area of every kind is its share of time, at every zoom, however many slices there are.
#include <QImage>
#include <QtTest>
#include <algorithm>
#include <cmath>

#include "gui/timeline/row_painter.h"
#include "tests/gui/timeline/random_trace.h"
#include "tests/gui/timeline/timeline_tests.h"

using namespace gui;

namespace {

constexpr int width = 1000, height = 12;

double true_share(const TraceRow& row, SliceKind kind, const TimeRange& range) {
  double sum = 0;
  for (std::size_t i = row.first_after(range.from); i < row.size() && row.start(i) < range.to; ++i)
    if (row.kind(i) == kind) sum += std::min(range.to, row.end(i)) - std::max(range.from, row.start(i));
  return sum / range.span();
}

// Paints that kind white and everything else black.
double painted_share(const TraceRow& row, const SharePyramid& pyramid, SliceKind kind,
                     const TimeRange& range) {
  SliceStyle style;
  style.fill.fill(Qt::black);
  style.fill[static_cast<std::size_t>(kind)] = Qt::white;
  style.marks = Marks::none;
  QImage image(width, height, QImage::Format_ARGB32_Premultiplied);
  image.fill(Qt::black);
  QPainter painter(&image);
  paint_row(painter, QRectF(0, 0, width, height), row, pyramid, {QString()}, range, style);
  painter.end();
  double sum = 0;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) sum += qRed(image.pixel(x, y));
  return sum / (255.0 * width * height);
}

TimeRange zoomed(double duration, double part, double around) {
  const double span = duration * part, from = std::clamp(around * duration - span / 2, 0.0, duration - span);
  return {from, from + span};
}

}  // namespace

class PaintedAreaTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void area_is_the_share_of_time_data() {
    QTest::addColumn<int>("slices");
    for (const int slices : {1, 7, 100, 1000, 20000, 1000000}) QTest::addRow("%d slices", slices) << slices;
  }

  void area_is_the_share_of_time() {
    QFETCH(int, slices);
    const double duration = 0.457;
    const TraceRow row = tests::random_row(static_cast<std::size_t>(slices), duration, 11);
    const SharePyramid pyramid(row, duration);
    double worst = 0;
    for (double part = 1; part * slices > 0.5 && part > 1e-6; part /= 3.3)
      for (const double around : {0.0, 0.37, 0.81}) {
        const TimeRange range = zoomed(duration, part, around);
        for (const SliceKind kind : pyramid.kinds()) {
          const double truth = true_share(row, kind, range);
          const double painted = painted_share(row, pyramid, kind, range);
          const double error = std::abs(painted - truth);
          worst = std::max(worst, error);
          QVERIFY2(error <= 0.01 * truth + 0.0015,
                   qPrintable(QStringLiteral("%1 at 1/%2: painted %3, true %4")
                                  .arg(name_of(kind))
                                  .arg(1 / part)
                                  .arg(painted)
                                  .arg(truth)));
        }
      }
    QVERIFY(worst < 0.01);
  }

  void pyramid_and_scan_agree_where_they_take_turns() {
    const double duration = 3;
    const TraceRow row = tests::random_row(200000, duration, 5);
    const SharePyramid pyramid(row, duration);
    const double bin = pyramid.bin_seconds(0);
    QCOMPARE(column_source(pyramid, bin * 1.001), ColumnSource::pyramid);
    QCOMPARE(column_source(pyramid, bin * 0.999), ColumnSource::scan);
    // Columns that lie on bins are equal one by one.
    std::vector<ColumnShare> fine(800), summed(800);
    fill_columns_by(ColumnSource::scan, row, pyramid, 1000 * bin, 1800 * bin, fine);
    fill_columns_by(ColumnSource::pyramid, row, pyramid, 1000 * bin, 1800 * bin, summed);
    for (std::size_t c = 0; c < fine.size(); ++c) {
      for (std::size_t k = 0; k < fine[c].share.size(); ++k)
        QVERIFY(std::abs(fine[c].share[k] - summed[c].share[k]) < 1e-3F);
      QCOMPARE(summed[c].flags.stall, fine[c].flags.stall);
    }
    // From both sides of the hand-over the sums are the same.
    for (const double scale : {0.9, 0.999, 1.001, 1.1, 1.9, 2.1, 3.7}) {
      const double from = 1000.3 * bin, to = from + 1600 * scale * bin;
      std::vector<ColumnShare> a(1600), b(1600);
      fill_columns_by(ColumnSource::scan, row, pyramid, from, to, a);
      fill_columns_by(ColumnSource::pyramid, row, pyramid, from, to, b);
      for (std::size_t k = 0; k < a[0].share.size(); ++k) {
        double scanned = 0, from_bins = 0;
        for (std::size_t c = 0; c < a.size(); ++c) scanned += a[c].share[k], from_bins += b[c].share[k];
        QVERIFY(std::abs(scanned - from_bins) < 2);  // of 1600 columns
      }
    }
  }

  void shares_never_exceed_a_column() {
    const TraceRow row = tests::random_row(50000, 1, 8);
    const SharePyramid pyramid(row, 1);
    for (const double part : {1.0, 0.31, 0.05, 0.004}) {
      std::vector<ColumnShare> columns(777);
      const TimeRange range = zoomed(1, part, 0.5);
      fill_columns(row, pyramid, range.from, range.to, columns);
      for (const ColumnShare& column : columns) {
        float sum = 0;
        for (const float share : column.share) sum += share;
        QVERIFY(sum <= 1.001F);
      }
    }
  }

  void one_critical_slice_leaves_a_mark_at_every_zoom() {
    const std::size_t count = 300000;
    const double duration = 1, each = duration / static_cast<double>(count);
    TraceRow row(0, LaneRole::send, QStringLiteral("send"));
    for (std::size_t i = 0; i < count; ++i)
      row.add(static_cast<double>(i) * each, (static_cast<double>(i) + 0.5) * each, SliceKind::send_inside,
              i == 123456 ? Critical::yes : Critical::no, 0);
    const SharePyramid pyramid(row, duration);
    for (double part = 1; part > 1e-4; part /= 2) {
      const TimeRange range = zoomed(duration, part, 123456.2 / static_cast<double>(count));
      std::vector<ColumnShare> columns(900);
      fill_columns(row, pyramid, range.from, range.to, columns);
      const auto marked = std::count_if(columns.begin(), columns.end(),
                                        [](const ColumnShare& column) { return column.flags.critical; });
      QVERIFY(marked >= 1);
      const double slice = 0.5 * each / range.span() * 900,
                   bins = 2 * pyramid.bin_seconds(0) / range.span() * 900;
      QVERIFY(static_cast<double>(marked) <= slice + std::max(bins, 4.0) + 2);
    }
  }

  void a_slice_takes_17_bytes_and_a_pyramid_little_more() {
    const TraceRow row = tests::random_row(100000, 1, 3);
    const SharePyramid pyramid(row, 1);
    QVERIFY(pyramid.bytes() < 21 * row.size());
  }
};

std::unique_ptr<QObject> tests::painted_area_test() { return std::make_unique<PaintedAreaTest>(); }

#include "painted_area_test.moc"
