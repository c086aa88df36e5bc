#include "gui/timeline/row_painter.h"

#include <QFontMetricsF>
#include <QImage>
#include <QPaintDevice>
#include <QPaintEngine>
#include <algorithm>
#include <cmath>

namespace gui {

namespace {

constexpr double slices_per_pixel = 0.25;  // from here on columns
constexpr double hatch_step = 6;           // pixels between hatching lines
constexpr double edged = 4;                // pixels: a narrower slice has no outline
constexpr double named = 26;               // pixels: a narrower one has no text

std::size_t device_pixels(const QPainter& painter, double length) {
  return static_cast<std::size_t>(
      std::max(1L, std::lround(length * std::max(1.0, painter.device()->devicePixelRatioF()))));
}

// A row that is painted as slices.
class SlicePainter {
 public:
  SlicePainter(QPainter& painter, const QRectF& band, const TraceRow& row, const std::vector<QString>& names,
               const TimeRange& range, const SliceStyle& style)
      : painter_(painter),
        band_(band),
        row_(row),
        names_(names),
        range_(range),
        style_(style),
        vector_(painter.paintEngine()->type() == QPaintEngine::SVG ||
                painter.paintEngine()->type() == QPaintEngine::Pdf) {}

  void paint() {
    painter_.save();
    painter_.setClipRect(band_, Qt::IntersectClip);
    painter_.setRenderHint(QPainter::Antialiasing);
    const std::size_t first = row_.first_after(range_.from);
    fill(first);
    if (style_.marks == Marks::all) {
      for (std::size_t i = first; i < row_.size() && row_.start(i) < range_.to; ++i) mark(i);
      outline_critical(first);
      painter_.setPen(QPen(style_.hatch, 1.3));
      painter_.drawLines(hatching_);
    }
    painter_.restore();
  }

 private:
  // Edges inside of a pixel mix colours by their shares of it: rectangles that are smoothed one by one would
  // cover each other there.  Formats without pixels get rectangles.
  void fill(std::size_t first) {
    if (vector_) {
      for (std::size_t i = first; i < row_.size() && row_.start(i) < range_.to; ++i)
        painter_.fillRect(place(i), style_.of(row_.kind(i)));
      return;
    }
    std::vector<ColumnShare> columns(device_pixels(painter_, band_.width()));
    fill_columns_by(ColumnSource::scan, row_, {}, range_.from, range_.to, columns);
    painter_.drawImage(band_, mixed(columns));
  }

  // One line of pixels, transparent where nothing runs.
  QImage mixed(const std::vector<ColumnShare>& columns) const {
    QImage line(static_cast<int>(columns.size()), 1, QImage::Format_ARGB32_Premultiplied);
    QRgb* pixels = reinterpret_cast<QRgb*>(line.bits());
    for (std::size_t x = 0; x < columns.size(); ++x) {
      float red = 0, green = 0, blue = 0, alpha = 0;
      for (std::size_t k = 0; k < columns[x].share.size(); ++k) {
        const float share = columns[x].share[k];
        if (share <= 0) continue;
        const QColor& colour = style_.fill[k];
        red += share * static_cast<float>(colour.red());
        green += share * static_cast<float>(colour.green());
        blue += share * static_cast<float>(colour.blue());
        alpha += share * 255;
      }
      const auto channel = [](float value) { return static_cast<int>(std::min(255.0F, value + 0.5F)); };
      pixels[x] = qRgba(channel(red), channel(green), channel(blue), channel(alpha));
    }
    return line;
  }

  double x_of(double t) const { return band_.left() + (t - range_.from) / range_.span() * band_.width(); }

  QRectF place(std::size_t i) const {
    const double beyond = vector_ ? 0 : 2;  // so that the outline of what is cut off is cut off too
    const double left = std::max(x_of(row_.start(i)), band_.left() - beyond);
    const double right = std::min(x_of(row_.end(i)), band_.right() + beyond);
    return QRectF(left, band_.top(), std::max(0.0, right - left), band_.height());
  }

  void mark(std::size_t i) {
    const QRectF rect = place(i);
    const SliceKind kind = row_.kind(i);
    if (kind == SliceKind::stall) {
      hatch(rect);
      return;
    }
    if (rect.width() < edged) return;
    painter_.setPen(QPen(style_.edge[static_cast<std::size_t>(kind)], 1));
    painter_.setBrush(Qt::NoBrush);
    painter_.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5));
    if (rect.width() >= named) label(i, rect);
  }

  // The whole name, or a part of it that says something ("K,V", "step 3"), or nothing: no word is cut.
  void label(std::size_t i, const QRectF& rect) {
    const QFontMetricsF metrics(painter_.font());
    if (metrics.height() > rect.height() + 1) return;
    const QString& name = names_[row_.name(i)];
    for (const QString& text :
         {name, name.section(QStringLiteral(" ("), 0, 0), name.section(QStringLiteral(", "), -1)}) {
      if (metrics.horizontalAdvance(text) + 8 > rect.width()) continue;
      painter_.setPen(style_.label[static_cast<std::size_t>(row_.kind(i))]);
      painter_.drawText(rect, Qt::AlignCenter | Qt::TextSingleLine, text);
      return;
    }
  }

  // Diagonals that go on from one stall to the next, cut at the edges of the stall.
  void hatch(const QRectF& rect) {
    const double height = rect.height();
    const double first =
        band_.left() + std::ceil((rect.left() - height - band_.left()) / hatch_step) * hatch_step;
    for (double foot = first; foot < rect.right(); foot += hatch_step) {
      const double from = std::max(foot, rect.left()), to = std::min(foot + height, rect.right());
      if (to - from < 0.5) continue;
      hatching_.append(QLineF(from, rect.bottom() - (from - foot), to, rect.bottom() - (to - foot)));
    }
  }

  // One outline around critical slices that touch each other.
  void outline_critical(std::size_t i) {
    painter_.setBrush(Qt::NoBrush);
    const double close = range_.span() * 1e-6;
    while (i < row_.size() && row_.start(i) < range_.to) {
      if (row_.critical(i) == Critical::no) {
        ++i;
        continue;
      }
      QRectF around = place(i);
      double end = row_.end(i);
      for (++i; i < row_.size() && row_.critical(i) == Critical::yes && row_.start(i) <= end + close; ++i) {
        around.setRight(place(i).right());
        end = row_.end(i);
      }
      if (around.width() >= edged) {
        painter_.setPen(QPen(style_.critical, 1.6));
        painter_.drawRect(around.adjusted(0.8, 0.8, -0.8, -0.8));
      } else {
        const double width = std::max(1.0, around.width());
        painter_.fillRect(QRectF(around.left(), around.top(), width, 1.6), style_.critical);
        painter_.fillRect(QRectF(around.left(), around.bottom() - 1.6, width, 1.6), style_.critical);
      }
    }
  }

  QPainter& painter_;
  const QRectF& band_;
  const TraceRow& row_;
  const std::vector<QString>& names_;
  const TimeRange& range_;
  const SliceStyle& style_;
  bool vector_;  // a format without pixels, where clips may be ignored
  QList<QLineF> hatching_;
};

// A row that is painted as columns of the device's pixels.
class ColumnPainter {
 public:
  ColumnPainter(const SliceStyle& style, double scale)
      : style_(style),
        line_(std::max(1, static_cast<int>(scale))),
        hatch_period_(static_cast<std::size_t>(hatch_step * scale)),
        hatch_line_(static_cast<std::size_t>(std::max(1.0, 1.5 * scale))) {
    for (int k = 0; k < slice_kind_count; ++k)
      colours_[static_cast<std::size_t>(k)] = style.fill[static_cast<std::size_t>(k)].rgb();
  }

  QImage paint(const std::vector<ColumnShare>& columns, int height) {
    QImage image(static_cast<int>(columns.size()), height, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    QRgb* pixels = reinterpret_cast<QRgb*>(image.bits());
    const std::size_t stride = static_cast<std::size_t>(image.bytesPerLine()) / sizeof(QRgb);
    for (std::size_t x = 0; x < columns.size(); ++x) {
      fill(columns[x], x, pixels, stride, height);
      if (style_.marks == Marks::all) mark(columns[x], x, pixels, stride, height);
    }
    return image;
  }

 private:
  void fill(const ColumnShare& column, std::size_t x, QRgb* pixels, std::size_t stride, int height) {
    int y = 0;
    for (std::size_t k = 0; k < static_cast<std::size_t>(slice_kind_count); ++k) {
      const float wanted = column.share[k] * static_cast<float>(height) + carried_[k];
      if (wanted < 0.5F) {
        carried_[k] = wanted;
        continue;
      }
      const int count = std::min(static_cast<int>(std::lround(wanted)), height - y);
      carried_[k] = wanted - static_cast<float>(count);
      const bool hatched = static_cast<SliceKind>(k) == SliceKind::stall && style_.marks == Marks::all;
      for (const int end = y + count; y < end; ++y)
        pixels[static_cast<std::size_t>(y) * stride + x] = hatched ? hatching(x, y) : colours_[k];
    }
  }

  QRgb hatching(std::size_t x, int y) const {
    const bool line = (x + static_cast<std::size_t>(y)) % hatch_period_ < hatch_line_;
    return line ? style_.hatch.rgb() : colours_[static_cast<std::size_t>(SliceKind::stall)];
  }

  // A rare event is seen although its share of the column is less than a pixel.
  void mark(const ColumnShare& column, std::size_t x, QRgb* pixels, std::size_t stride, int height) const {
    for (int y = 0; y < std::min(line_, height); ++y) {
      QRgb& top = pixels[static_cast<std::size_t>(y) * stride + x];
      QRgb& bottom = pixels[static_cast<std::size_t>(height - 1 - y) * stride + x];
      if (column.flags.critical)
        top = bottom = style_.critical.rgb();
      else if (column.flags.stall)
        bottom = style_.hatch.rgb();
    }
  }

  const SliceStyle& style_;
  int line_;  // thickness of marks
  std::size_t hatch_period_, hatch_line_;
  std::array<QRgb, slice_kind_count> colours_{};
  std::array<float, slice_kind_count> carried_{};  // pixels of each kind that are still to be painted
};

}  // namespace

RowDetail row_detail(const TraceRow& row, const TimeRange& range, double pixels) {
  const std::size_t most = static_cast<std::size_t>(std::max(0.0, slices_per_pixel * pixels));
  const std::size_t first = row.first_after(range.from);
  const bool many = first + most < row.size() && row.start(first + most) < range.to;
  return many ? RowDetail::columns : RowDetail::slices;
}

void paint_row(QPainter& painter, const QRectF& band, const TraceRow& row, const SharePyramid& pyramid,
               const std::vector<QString>& names, const TimeRange& range, const SliceStyle& style) {
  if (row.size() == 0 || range.span() <= 0 || band.width() < 1 || band.height() < 1) return;
  if (row_detail(row, range, band.width()) == RowDetail::slices) {
    SlicePainter(painter, band, row, names, range, style).paint();
    return;
  }
  std::vector<ColumnShare> columns(device_pixels(painter, band.width()));
  fill_columns(row, pyramid, range.from, range.to, columns);
  const double scale = static_cast<double>(columns.size()) / band.width();
  painter.drawImage(
      band,
      ColumnPainter(style, scale).paint(columns, static_cast<int>(device_pixels(painter, band.height()))));
}

}  // namespace gui
