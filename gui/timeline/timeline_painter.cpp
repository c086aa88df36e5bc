#include "gui/timeline/timeline_painter.h"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <algorithm>
#include <cmath>

#include "gui/timeline/row_painter.h"
#include "gui/timeline/slice_lookup.h"
#include "gui/timeline/slice_text.h"
#include "gui/timeline/time_axis.h"

namespace gui {

namespace {

QFont bold(QFont font) {
  font.setBold(true);
  return font;
}

QFont smaller(QFont font, double factor) {
  font.setPointSizeF(font.pointSizeF() > 0 ? font.pointSizeF() * factor : 8);
  return font;
}

// Writes texts one after the other; returns where the last one ends.
class TextLine {
 public:
  TextLine(QPainter& painter, const QRectF& line) : painter_(painter), line_(line), x_(line.left()) {}

  void write(const QString& text, const QFont& font, const QColor& colour, double gap = 12) {
    if (text.isEmpty()) return;
    painter_.setFont(font);
    painter_.setPen(colour);
    const QFontMetricsF metrics(font);
    const QRectF rest(x_, line_.top(), std::max(0.0, line_.right() - x_), line_.height());
    const QString shown = metrics.elidedText(text, Qt::ElideRight, rest.width());
    painter_.drawText(rest, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine, shown);
    x_ += metrics.horizontalAdvance(shown) + gap;
  }

 private:
  QPainter& painter_;
  QRectF line_;
  double x_;
};

}  // namespace

void TimelinePainter::paint(QPainter& painter, const QRectF& area) const {
  painter.save();
  painter.setClipRect(area);
  painter.fillRect(area, style_.background);
  painter.setFont(font_);
  if (scene_.empty()) {
    painter.setPen(style_.faint_ink);
    painter.drawText(area, Qt::AlignCenter, tr("Select a plan to see what every GPU does when."));
    painter.restore();
    return;
  }
  paint_title(painter);
  if (scene_.range.now().span() <= 0) {
    painter.restore();
    return;
  }
  const QRectF below(area.left(), layout_.plot.top(), area.width(), area.bottom() - layout_.plot.top());
  paint_axis(painter);
  painter.setClipRect(below, Qt::IntersectClip);
  for (const PlanPlace& plan : layout_.plans) paint_plan(painter, plan);
  if (scene_.hovered) paint_highlight(painter, *scene_.hovered, 1.2);
  if (scene_.selected) {
    paint_highlight(painter, *scene_.selected, 2.2);
    paint_arrow(painter, *scene_.selected);
  }
  paint_ruler(painter);
  painter.restore();
}

void TimelinePainter::paint_title(QPainter& painter) const {
  QString extent;
  for (const auto& list : {scene_.predicted, scene_.measured})
    for (const auto& prepared : list)
      if (prepared && extent.isEmpty()) extent = prepared->trace.extent;
  TextLine(painter, layout_.title).write(extent, bold(font_), style_.ink);
  painter.setFont(font_);
  painter.setRenderHint(QPainter::Antialiasing, true);
  for (const LegendEntry& entry : layout_.legend) {
    const QRectF sign(entry.place.left(), std::round(entry.place.center().y()) - 5, 11, 11);
    painter.setBrush(Qt::NoBrush);
    switch (entry.sign) {
      case LegendEntry::Sign::fill: painter.fillRect(sign, style_.of(entry.kind)); break;
      case LegendEntry::Sign::hatch:
        painter.fillRect(sign, style_.of(entry.kind));
        painter.setPen(QPen(style_.hatch, 1.3));
        painter.drawLine(sign.bottomLeft(), sign.topRight());
        painter.drawLine(QLineF(sign.left(), sign.center().y(), sign.center().x(), sign.top()));
        painter.drawLine(QLineF(sign.center().x(), sign.bottom(), sign.right(), sign.center().y()));
        break;
      case LegendEntry::Sign::outline:
        painter.setPen(QPen(style_.critical, 1.6));
        painter.drawRect(sign.adjusted(0.8, 0.8, -0.8, -0.8));
        break;
    }
    painter.setPen(style_.ink);
    painter.drawText(entry.place.adjusted(16, 0, 8, 0), Qt::AlignLeft | Qt::AlignVCenter, entry.text);
  }
  painter.setRenderHint(QPainter::Antialiasing, false);
}

void TimelinePainter::paint_axis(QPainter& painter) const {
  const QFontMetricsF metrics(font_);
  const TimeRange& range = scene_.range.now();
  const double label = metrics.horizontalAdvance(QStringLiteral("0000.000 ms")) + 16;
  painter.setFont(font_);
  if (!scene_.search.isEmpty()) {
    painter.setPen(style_.ink);
    painter.drawText(QRectF(layout_.title.left(), layout_.axis.top(),
                            layout_.axis.left() - layout_.title.left(), layout_.axis.height()),
                     Qt::AlignLeft | Qt::AlignVCenter,
                     scene_.matches == 0   ? tr("no match")
                     : scene_.matches == 1 ? tr("1 match")
                                           : tr("%n matches", "", static_cast<int>(scene_.matches)));
  }
  for (const AxisTick& tick : axis_ticks(range, static_cast<int>(layout_.axis.width() / label))) {
    const double x = std::round(x_of(tick.at));
    painter.setPen(QPen(style_.grid, 1));
    painter.drawLine(QPointF(x, layout_.axis.bottom()), QPointF(x, layout_.plot.bottom()));
    painter.setPen(style_.faint_ink);
    const double half = metrics.horizontalAdvance(tick.text) / 2;
    const double left = std::clamp(x - half, layout_.axis.left(),
                                   std::max(layout_.axis.left(), layout_.axis.right() - 2 * half));
    painter.drawText(QRectF(left, layout_.axis.top(), 2 * half + 2, layout_.axis.height()),
                     Qt::AlignLeft | Qt::AlignVCenter | Qt::TextDontClip, tick.text);
  }
}

void TimelinePainter::paint_plan(QPainter& painter, const PlanPlace& plan) const {
  const double note = paint_aggregated(painter, plan);
  paint_header(painter, plan, note);
  const PreparedTrace* shown = scene_.trace(plan.slot, TraceLayer::predicted);
  if (!shown) shown = scene_.trace(plan.slot, TraceLayer::measured);
  const TimeRange& range = scene_.range.now();
  // Where phases begin.
  painter.setPen(QPen(style_.faint_ink, 1, Qt::DashLine));
  for (std::size_t p = 1; p < shown->trace.phases.size(); ++p) {
    const double x = std::round(x_of(shown->trace.phases[p].at));
    if (shown->trace.phases[p].at > range.from && shown->trace.phases[p].at < range.to)
      painter.drawLine(QPointF(x, plan.body.top()), QPointF(x, plan.body.bottom()));
  }
  paint_rows(painter, plan);
  paint_labels(painter, plan);
  paint_nodes(painter, plan);
  if (shown->trace.duration >= range.from && shown->trace.duration <= range.to) {
    const double x = std::round(x_of(shown->trace.duration));
    painter.fillRect(QRectF(x, plan.body.top() - 2, 2, plan.body.height() + 4), style_.ink);
  }
}

void TimelinePainter::paint_header(QPainter& painter, const PlanPlace& plan, double note) const {
  const HeaderText text = header_of(scene_, plan.slot);
  const QRectF free = plan.header.adjusted(0, 0, -note, 0);
  painter.fillRect(free, style_.background);
  TextLine line(painter, free);
  line.write(text.plan, bold(font_), style_.ink);
  line.write(text.time, bold(font_), style_.ink);
  line.write(text.ratio, bold(font_), style_.ink, 20);
  line.write(text.cause, font_, style_.faint_ink);
}

void TimelinePainter::paint_rows(QPainter& painter, const PlanPlace& plan) const {
  for (const RowPlace& place : layout_.rows) {
    if (place.slot != plan.slot || place.band.bottom() < layout_.plot.top() ||
        place.band.top() > layout_.plot.bottom())
      continue;
    const PreparedTrace& prepared = *scene_.trace(place.slot, place.layer);
    const TraceRow& row = prepared.trace.rows[place.row];
    painter.setFont(smaller(font_, 0.82));
    if (place.layer == TraceLayer::measured) painter.fillRect(place.band, style_.measured);
    paint_row(painter, place.band, row, prepared.pyramids[place.row], prepared.trace.names,
              scene_.range.now(), style_);
    if (scene_.filter) fade_others(painter, place);
    if (!scene_.search.isEmpty()) paint_matches(painter, place);
  }
}

// A zigzag at the end of the header where rows show shares instead of single operations; returns its width.
double TimelinePainter::paint_aggregated(QPainter& painter, const PlanPlace& plan) const {
  const bool aggregated = std::any_of(layout_.rows.begin(), layout_.rows.end(), [&](const RowPlace& place) {
    const TraceRow& row = scene_.trace(place.slot, place.layer)->trace.rows[place.row];
    return place.slot == plan.slot &&
           row_detail(row, scene_.range.now(), place.band.width()) == RowDetail::columns;
  });
  if (!aggregated) return 0;
  const QString text = tr("aggregated");
  const double width = QFontMetricsF(font_).horizontalAdvance(text) + 38;
  const QRectF note(plan.header.right() - width, plan.header.top(), width, plan.header.height());
  painter.fillRect(note, style_.background);
  painter.setRenderHint(QPainter::Antialiasing, true);
  painter.setPen(QPen(style_.faint_ink, 1.2));
  painter.setBrush(Qt::NoBrush);
  QPolygonF zigzag;
  for (int k = 0; k <= 6; ++k)
    zigzag << QPointF(note.left() + 6 + 4 * k, note.center().y() + (k % 2 == 0 ? 3 : -3));
  painter.drawPolyline(zigzag);
  painter.setFont(font_);
  painter.drawText(note.adjusted(36, 0, 2, 0), Qt::AlignLeft | Qt::AlignVCenter, text);
  painter.setRenderHint(QPainter::Antialiasing, false);
  return width;
}

void TimelinePainter::paint_labels(QPainter& painter, const PlanPlace& plan) const {
  const QFont lane_font = smaller(font_, 0.78);
  painter.setPen(style_.faint_ink);
  painter.setFont(lane_font);
  for (const RowPlace& place : layout_.rows) {
    if (place.slot != plan.slot) continue;
    const TraceRow& row = scene_.trace(place.slot, place.layer)->trace.rows[place.row];
    QString label = row.label;
    if (place.layer == TraceLayer::measured && scene_.trace(place.slot, TraceLayer::predicted))
      label = row.role == LaneRole::compute ? tr("trace") : label;
    painter.drawText(QRectF(layout_.title.left(), place.band.top() - 4,
                            layout_.plot.left() - layout_.title.left() - 5, place.band.height() + 8),
                     Qt::AlignRight | Qt::AlignVCenter, label);
  }
  painter.setFont(font_);
  painter.setPen(style_.ink);
  for (const RankPlace& place : layout_.ranks) {
    if (place.slot != plan.slot) continue;
    const TraceRank& rank = scene_.trace(place.slot, place.layer)->trace.ranks[place.rank];
    painter.drawText(place.label.adjusted(0, -6, 0, 6), Qt::AlignLeft | Qt::AlignVCenter, rank.label);
  }
}

// A triangle that points down where the node is open and right where it is folded, then its name.
void TimelinePainter::paint_nodes(QPainter& painter, const PlanPlace& plan) const {
  const QFont name_font = smaller(font_, 0.85);
  for (const NodeHeader& place : layout_.nodes) {
    if (place.ref.slot != plan.slot) continue;
    const double line = std::round(place.band.center().y());
    painter.fillRect(place.band, style_.background);
    const QString name = node_text(place);
    const double text_left = place.band.left() + 13;
    const double text_width = QFontMetricsF(name_font).horizontalAdvance(name);
    painter.setPen(QPen(style_.grid, 1));
    painter.drawLine(QPointF(text_left + text_width + 8, line), QPointF(layout_.plot.right(), line));
    painter.setRenderHint(QPainter::Antialiasing, true);
    painter.setPen(Qt::NoPen);
    painter.setBrush(style_.ink);
    const QPointF at(place.band.left() + 4, line + 0.5);
    if (place.folding == Folding::folded)
      painter.drawPolygon(QPolygonF{{at + QPointF(-2, -4), at + QPointF(4, 0), at + QPointF(-2, 4)}});
    else
      painter.drawPolygon(QPolygonF{{at + QPointF(-4, -2), at + QPointF(4, -2), at + QPointF(0, 4)}});
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setBrush(Qt::NoBrush);
    painter.setFont(name_font);
    painter.setPen(style_.ink);
    painter.drawText(QRectF(text_left, place.band.top(), text_width + 4, place.band.height()),
                     Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine, name);
    if (scene_.header != place.ref) continue;
    painter.setPen(QPen(style_.selection, 2));
    painter.drawRect(
        QRectF(place.band.left() - 3, place.band.top() + 1, text_width + 22, place.band.height() - 2));
  }
}

}  // namespace gui
