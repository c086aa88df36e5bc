// How the heat map looks, on any paint device.
#include <QFontMetricsF>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "costmodel/price/quantity_text.h"
#include "gui/look/heat_colour.h"
#include "gui/look/theme.h"
#include "gui/timeline/time_axis.h"
#include "gui/views/link_heat_map.h"

namespace gui {

namespace {

constexpr double label_width = 128, mark_width = 124, axis_height = 18, legend_height = 20;
constexpr double kind_gap = 5, most_row = 24, label_least = 9;

QString percent(double share) { return QString::fromStdString(costmodel::percent_text(share)); }

bool startsKind(const LinkRows& rows, std::size_t r) {
  return r == 0 || rows.rows[r].kind != rows.rows[r - 1].kind;
}

std::size_t rowsOfKind(const LinkRows& rows, std::size_t first) {
  std::size_t end = first + 1;
  while (end < rows.rows.size() && rows.rows[end].kind == rows.rows[first].kind) ++end;
  return end - first;
}

QFont smaller(QFont font, double points) {
  font.setPointSizeF(std::max(6.0, points));
  return font;
}

}  // namespace

LinkHeatMap::Place LinkHeatMap::placeIn(const QRectF& area, const LinkRows& rows) const {
  Place place;
  place.plot =
      QRectF(area.left() + label_width, area.top() + legend_height + axis_height,
             area.width() - label_width - mark_width, area.height() - legend_height - axis_height - 4);
  double gaps = 0;
  for (std::size_t r = 1; r < rows.rows.size(); ++r)
    if (startsKind(rows, r)) gaps += kind_gap;
  const double count = std::max(1.0, static_cast<double>(rows.rows.size()));
  place.row = std::clamp((place.plot.height() - gaps) / count, 1.0, most_row);
  double y = place.plot.top();
  for (std::size_t r = 0; r < rows.rows.size(); ++r) {
    if (r > 0 && startsKind(rows, r)) y += kind_gap;
    place.tops.push_back(y);
    y += place.row;
  }
  place.plot.setBottom(std::max(place.plot.top(), y));
  return place;
}

void LinkHeatMap::paintCells(QPainter& painter, const Place& place, const LinkRows& rows) const {
  const int columns = std::max(1, static_cast<int>(std::ceil(place.plot.width())));
  const TimeRange now = range_.now();
  const double step = now.span() / columns;
  painter.fillRect(place.plot, unknownBrush(palette()));
  QImage line(columns, 1, QImage::Format_ARGB32);
  for (std::size_t r = 0; r < rows.rows.size(); ++r) {
    for (int x = 0; x < columns; ++x) {
      const double share =
          shareBetween(*use_, rows.rows[r].utilisation, now.from + x * step, now.from + (x + 1) * step);
      line.setPixel(x, 0, std::isnan(share) ? 0U : heatColour(share).rgb());
    }
    painter.drawImage(QRectF(place.plot.left(), place.tops[r], place.plot.width(), place.row), line);
    // A hair between rows that are high enough to be told apart.
    if (place.row >= 6)
      painter.fillRect(QRectF(place.plot.left(), place.tops[r] + place.row - 0.6, place.plot.width(), 0.6),
                       ink(Ink::ground, palette()));
  }
  // The gaps between kinds show no hatching.
  for (std::size_t r = 1; r < rows.rows.size(); ++r)
    if (startsKind(rows, r))
      painter.fillRect(QRectF(place.plot.left(), place.tops[r] - kind_gap, place.plot.width(), kind_gap),
                       ink(Ink::ground, palette()));
}

void LinkHeatMap::paintLabels(QPainter& painter, const QRectF& area, const Place& place,
                              const LinkRows& rows) const {
  const QFont usual = painter.font();
  QFont heading = usual;
  heading.setBold(true);
  const bool named = place.row >= label_least;
  for (std::size_t r = 0; r < rows.rows.size(); ++r) {
    const QRectF band(area.left() + 4, place.tops[r], label_width - 8, place.row);
    if (startsKind(rows, r)) {
      // The kind stands beside its first row, with what is known about all of its links below.
      const double height = static_cast<double>(rowsOfKind(rows, r)) * place.row;
      painter.setPen(ink(Ink::text, palette()));
      painter.setFont(heading);
      const QRectF title(band.left(), band.top() - 1, band.width(), std::min(height, 15.0));
      painter.drawText(title, Qt::AlignLeft | Qt::AlignVCenter, rows.rows[r].kind);
      const LinkKindTotal* total = totals_.of(rows.rows[r].kind);
      if (!named && total != nullptr && height >= 30) {
        painter.setFont(smaller(usual, usual.pointSizeF() * 0.85));
        painter.setPen(ink(Ink::faint_text, palette()));
        painter.drawText(QRectF(band.left(), title.bottom(), band.width(), 14),
                         Qt::AlignLeft | Qt::AlignVCenter,
                         tr("%1 links, mean %2").arg(total->used).arg(percent(total->mean_utilisation)));
      }
    }
    if (!named) continue;
    painter.setFont(smaller(usual, std::min(usual.pointSizeF() * 0.85, place.row * 0.62)));
    painter.setPen(ink(Ink::faint_text, palette()));
    QString label = rows.rows[r].label;
    if (rows.detail == LinkDetail::links) label.remove(QStringLiteral(".out")).remove(QStringLiteral(".in"));
    const double left = startsKind(rows, r) ? 52 : 0;
    const QRectF text = band.adjusted(left, 0, 0, 0);
    painter.drawText(text, Qt::AlignRight | Qt::AlignVCenter,
                     QFontMetricsF(painter.font()).elidedText(label, Qt::ElideLeft, text.width()));
  }
  painter.setFont(usual);
}

// The busiest link of every kind, and one that is shared.
void LinkHeatMap::paintMarks(QPainter& painter, const Place& place, const LinkRows& rows) const {
  const QFont usual = painter.font();
  painter.setFont(smaller(usual, usual.pointSizeF() * 0.85));
  const QFontMetricsF metrics(painter.font());
  double free_from = place.plot.top() - 8;
  for (std::size_t r = 0; r < rows.rows.size(); ++r) {
    QStringList words;
    const LinkKindTotal* total = totals_.of(rows.rows[r].kind);
    for (const std::size_t link : rows.rows[r].links) {
      const QString& name = use_->links[link].name;
      if (total != nullptr && total->busiest == name)
        words << tr("busiest %1").arg(percent(total->highest_utilisation));
      if (name == totals_.shared_link) words << tr("shared");
    }
    if (words.isEmpty()) continue;
    const double y = place.tops[r] + place.row / 2;
    const double text_y = std::max(y, free_from + metrics.height() / 2);
    free_from = text_y + metrics.height() / 2;
    painter.setPen(QPen(ink(Ink::capacity, palette()), 1.4));
    painter.drawLine(QPointF(place.plot.right() + 1, y), QPointF(place.plot.right() + 8, text_y));
    painter.setPen(ink(Ink::text, palette()));
    painter.drawText(QRectF(place.plot.right() + 10, text_y - 8, mark_width - 10, 16),
                     Qt::AlignLeft | Qt::AlignVCenter, words.join(QStringLiteral(", ")));
  }
  painter.setFont(usual);
}

void LinkHeatMap::paintAxis(QPainter& painter, const Place& place) const {
  const TimeRange now = range_.now();
  const auto x_of = [&](double t) {
    return place.plot.left() + (t - now.from) / now.span() * place.plot.width();
  };
  painter.setPen(ink(Ink::faint_text, palette()));
  for (const AxisTick& tick : axis_ticks(now, std::max(2, static_cast<int>(place.plot.width() / 90)))) {
    const double x = x_of(tick.at);
    painter.drawLine(QPointF(x, place.plot.top() - 4), QPointF(x, place.plot.top()));
    painter.drawText(QRectF(x - 45, place.plot.top() - axis_height, 90, axis_height - 4),
                     Qt::AlignHCenter | Qt::AlignBottom, tick.text);
  }
  painter.setPen(QPen(ink(Ink::ground, palette()), 1.6));
  for (const LinkPhase& phase : use_->phases)
    if (phase.begin > now.from && phase.begin < now.to)
      painter.drawLine(QPointF(x_of(phase.begin), place.plot.top()),
                       QPointF(x_of(phase.begin), place.plot.bottom()));
}

void LinkHeatMap::paintTo(QPainter& painter, const QRect& given) const {
  const QRectF area(given);
  painter.save();
  painter.setClipRect(area);
  painter.fillRect(area, ink(Ink::ground, palette()));
  painter.setFont(font());
  if (!use_ || range_.now().span() <= 0) {
    painter.restore();
    return;
  }
  const LinkRows rows = area == QRectF(rect()) ? rows_ : rowsFor(area);
  const Place place = placeIn(area, rows);
  QString words = rows.detail == LinkDetail::links ? tr("utilisation")
                                                   : tr("each row the busiest of its links: utilisation");
  double recorded = 0;
  for (const LinkPhase& phase : use_->phases) recorded += phase.end - phase.begin;
  if (recorded < use_->duration() * 0.98) words.prepend(tr("hatched: repetitions like those before;  "));
  paintHeatLegend(painter, QRectF(area.left() + 4, area.top(), area.width() - 8, legend_height), words,
                  palette());
  paintCells(painter, place, rows);
  paintAxis(painter, place);
  paintLabels(painter, area, place, rows);
  paintMarks(painter, place, rows);
  const TimeRange now = range_.now();
  const auto x_of = [&](double t) {
    return place.plot.left() + (t - now.from) / now.span() * place.plot.width();
  };
  painter.setClipRect(place.plot.adjusted(-2, -4, 2, 2), Qt::IntersectClip);
  if (selected_ && selected_->row < static_cast<int>(place.tops.size())) {
    painter.setPen(QPen(ink(Ink::capacity, palette()), 1.6));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(QRectF(place.plot.left(), place.tops[static_cast<std::size_t>(selected_->row)] - 0.5,
                            place.plot.width(), place.row));
  }
  if (const std::optional<double> t = moment()) {
    painter.setPen(QPen(QColor(Qt::white), 2.4));
    painter.drawLine(QPointF(x_of(*t), place.plot.top() - 3), QPointF(x_of(*t), place.plot.bottom()));
    painter.setPen(QPen(QColor(Qt::black), 1));
    painter.drawLine(QPointF(x_of(*t), place.plot.top() - 3), QPointF(x_of(*t), place.plot.bottom()));
  }
  if (dragged_)
    painter.fillRect(QRectF(QPointF(x_of(dragged_->from), place.plot.top()),
                            QPointF(x_of(dragged_->to), place.plot.bottom())),
                     QColor(255, 255, 255, 90));
  painter.restore();
}

void LinkHeatMap::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  paintTo(painter, rect());
  if (!hasFocus()) return;
  painter.setPen(QPen(palette().color(QPalette::Highlight), 1));
  painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

}  // namespace gui
