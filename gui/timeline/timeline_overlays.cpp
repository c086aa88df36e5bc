// What lies over the rows: the filter's veil, matches, the chosen slice and its arrow, the ruler.
#include <QPainterPath>
#include <algorithm>

#include "gui/timeline/row_painter.h"
#include "gui/timeline/slice_lookup.h"
#include "gui/timeline/slice_text.h"
#include "gui/timeline/timeline_painter.h"

namespace gui {

// A veil over all that the filter does not let through, pixel by pixel.
void TimelinePainter::fade_others(QPainter& painter, const RowPlace& place) const {
  QColor veil = style_.background;
  veil.setAlphaF(0.8F);
  const PreparedTrace* passing = place.layer == TraceLayer::predicted
                                     ? scene_.passing[static_cast<std::size_t>(place.slot)].get()
                                     : nullptr;
  if (!passing) {
    painter.fillRect(place.band, veil);
    return;
  }
  const TraceRow& row = passing->trace.rows[place.row];
  const TimeRange& range = scene_.range.now();
  double covered = place.band.left();
  const auto leave_open = [&](double from, double to) {
    const double left = std::max(place.band.left(), from);
    const double right = std::min(place.band.right(), std::max(left + 1, to));
    if (right <= covered) return;
    if (left > covered)
      painter.fillRect(QRectF(covered, place.band.top(), left - covered, place.band.height()), veil);
    covered = right;
  };
  if (row_detail(row, range, place.band.width()) == RowDetail::slices) {
    for (std::size_t i = row.first_after(range.from); i < row.size() && row.start(i) < range.to; ++i)
      leave_open(x_of(row.start(i)), x_of(row.end(i)));
  } else {
    std::vector<ColumnShare> columns(static_cast<std::size_t>(std::max(1.0, std::round(place.band.width()))));
    fill_columns(row, passing->pyramids[place.row], range.from, range.to, columns);
    const double width = place.band.width() / static_cast<double>(columns.size());
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const auto& share = columns[c].share;
      if (std::all_of(share.begin(), share.end(), [](float part) { return part <= 0; })) continue;
      const double left = place.band.left() + static_cast<double>(c) * width;
      leave_open(left, left + width);
    }
  }
  if (covered < place.band.right())
    painter.fillRect(QRectF(covered, place.band.top(), place.band.right() - covered, place.band.height()),
                     veil);
}

void TimelinePainter::paint_matches(QPainter& painter, const RowPlace& place) const {
  const TimelineTrace& trace = scene_.trace(place.slot, place.layer)->trace;
  const TraceRow& row = trace.rows[place.row];
  std::vector<bool> hit(trace.names.size());
  for (std::size_t n = 0; n < hit.size(); ++n)
    hit[n] = trace.names[n].contains(scene_.search, Qt::CaseInsensitive);
  const TimeRange& range = scene_.range.now();
  double covered = place.band.left() - 1;  // one mark a pixel is enough
  for (std::size_t i = row.first_after(range.from); i < row.size() && row.start(i) < range.to; ++i) {
    if (!hit[row.name(i)]) continue;
    const double left = std::max(place.band.left(), x_of(row.start(i)));
    const double right = std::min(place.band.right(), std::max(left + 1, x_of(row.end(i))));
    if (right <= covered) continue;
    covered = right;
    painter.fillRect(QRectF(left, place.band.bottom() - 3, right - left, 3), style_.selection);
    painter.fillRect(QRectF(left, place.band.top(), right - left, 2), style_.selection);
  }
}

QRectF TimelinePainter::place_of(const SliceRef& ref) const {
  const RowPlace* place = layout_.place_of(ref);
  const TraceRow* row = scene_.row(ref);
  if (!place || !row || ref.slice >= row->size()) return {};
  const double left =
      std::clamp(x_of(row->start(ref.slice)), place->band.left() - 4, place->band.right() + 4);
  const double right = std::clamp(x_of(row->end(ref.slice)), place->band.left() - 4, place->band.right() + 4);
  return QRectF(left, place->band.top(), std::max(2.0, right - left), place->band.height());
}

void TimelinePainter::paint_highlight(QPainter& painter, const SliceRef& ref, double width) const {
  const QRectF place = place_of(ref);
  if (place.isNull()) return;
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setClipRect(layout_.plot.adjusted(-2, 0, 2, 0), Qt::IntersectClip);
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(style_.background, width + 2));
  painter.drawRect(place.adjusted(-1, -1, 1, 1));
  painter.setPen(QPen(style_.selection, width));
  painter.drawRect(place.adjusted(-1, -1, 1, 1));
  painter.restore();
}

// From a send to its receive: bytes leave at its start and are there at its end.
void TimelinePainter::paint_arrow(QPainter& painter, const SliceRef& ref) const {
  const std::optional<SliceRef> other = other_end(scene_, ref);
  if (!other) return;
  const bool sends = scene_.row(ref)->role == LaneRole::send;
  const QRectF send = place_of(sends ? ref : *other), receive = place_of(sends ? *other : ref);
  if (send.isNull() || receive.isNull()) return;
  paint_highlight(painter, *other, 1.6);
  const bool down = receive.top() > send.top();
  const QPointF from(send.left(), down ? send.bottom() : send.top());
  const QPointF to(receive.right(), down ? receive.top() : receive.bottom());
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setClipRect(layout_.plot, Qt::IntersectClip);
  QPainterPath path(from);
  const double bend = (to.y() - from.y()) / 2;
  path.cubicTo(QPointF(from.x(), from.y() + bend), QPointF(to.x(), to.y() - bend), to);
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(style_.background, 4));
  painter.drawPath(path);
  painter.setPen(QPen(style_.selection, 1.8));
  painter.drawPath(path);
  const double side = down ? -6 : 6;
  painter.setBrush(style_.selection);
  painter.drawPolygon(
      QPolygonF{{to, QPointF(to.x() - 4, to.y() + side), QPointF(to.x() + 4, to.y() + side)}});
  painter.restore();
}

void TimelinePainter::paint_ruler(QPainter& painter) const {
  const auto shade = [&](const TimeRange& range, int alpha) {
    const double left = std::max(layout_.plot.left(), x_of(range.from)),
                 right = std::min(layout_.plot.right(), x_of(range.to));
    if (right < left) return QRectF();
    const QRectF place(left, layout_.plot.top(), right - left, layout_.plot.height());
    QColor colour = style_.selection;
    colour.setAlpha(alpha);
    painter.fillRect(place, colour);
    return place;
  };
  if (scene_.dragged) shade(*scene_.dragged, 60);
  const TimeRange now = scene_.range.now();
  if (scene_.cursor && *scene_.cursor >= now.from && *scene_.cursor <= now.to) {
    painter.setPen(QPen(style_.ink, 1, Qt::DashLine));
    painter.drawLine(QPointF(x_of(*scene_.cursor), layout_.plot.top()),
                     QPointF(x_of(*scene_.cursor), layout_.plot.bottom()));
  }
  if (!scene_.marked) return;
  const QRectF place = shade(*scene_.marked, 28);
  if (place.isNull()) return;
  painter.setPen(QPen(style_.selection, 1));
  painter.drawLine(place.topLeft(), place.bottomLeft());
  painter.drawLine(place.topRight(), place.bottomRight());
  QFont font = font_;
  font.setBold(true);
  const QFontMetricsF metrics(font);
  const QString text = time_text(scene_.marked->span());
  const double width = metrics.horizontalAdvance(text) + 12;
  const double left = std::clamp(place.center().x() - width / 2, layout_.plot.left(),
                                 std::max(layout_.plot.left(), layout_.plot.right() - width));
  const QRectF badge(left, layout_.plot.bottom() - metrics.height() - 6, width, metrics.height() + 4);
  painter.fillRect(badge, style_.background);
  painter.setBrush(Qt::NoBrush);
  painter.drawRect(badge);
  painter.setFont(font);
  painter.setPen(style_.ink);
  painter.drawText(badge, Qt::AlignCenter, text);
}

}  // namespace gui
