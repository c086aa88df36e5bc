#include "gui/timeline/timeline_layout.h"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <algorithm>
#include <array>
#include <cmath>

#include "gui/timeline/row_order.h"

namespace gui {

namespace {

constexpr double label_column = 122;  // ranks and lanes, left of the plot
constexpr double right_margin = 14;

QString tr(const char* text) { return QCoreApplication::translate("gui", text); }

// Heights in units of a row.
double height_of(const TraceRow& row, TraceLayer layer) {
  if (layer == TraceLayer::measured) return 0.62;
  return row.role == LaneRole::compute ? 1.3 : 1.0;
}
const TraceRow& row_of(const RowOrder::Entry& entry, const PreparedTrace* predicted,
                       const PreparedTrace* measured) {
  return (entry.layer == TraceLayer::predicted ? predicted : measured)->trace.rows[entry.row];
}

}  // namespace

TimelineLayout::TimelineLayout(const TimelineScene& scene, const QRectF& area, const QFont& font,
                               double scroll) {
  const double line = QFontMetricsF(font).height();
  title = QRectF(area.left() + 8, area.top() + 4, area.width() - 16, line + 4);
  place_legend(scene, area, font);
  const double legend_bottom = legend.empty() ? title.bottom() : legend.back().place.bottom();
  const double left = std::floor(area.left() + label_column);
  axis = QRectF(left, std::floor(std::max(title.bottom(), legend_bottom) + 2),
                std::max(1.0, std::floor(area.right() - right_margin) - left), std::ceil(line + 3));
  plot = QRectF(axis.left(), axis.bottom(), axis.width(), std::max(0.0, area.bottom() - axis.bottom() - 4));
  place_plans(scene, scroll, font);
}

void TimelineLayout::place_legend(const TimelineScene& scene, const QRectF& area, const QFont& font) {
  std::array<bool, slice_kind_count> present{};
  bool critical = false;
  for (const auto& list : {scene.predicted, scene.measured})
    for (const auto& prepared : list) {
      if (!prepared) continue;
      for (const SharePyramid& pyramid : prepared->pyramids) {
        for (const SliceKind kind : pyramid.kinds()) present[static_cast<std::size_t>(kind)] = true;
        if (pyramid.levels() > 0) critical |= pyramid.flags(pyramid.levels() - 1, 0).critical;
      }
    }
  using Sign = LegendEntry::Sign;
  for (int k = 0; k < slice_kind_count; ++k) {
    const SliceKind kind = static_cast<SliceKind>(k);
    if (present[static_cast<std::size_t>(k)])
      legend.push_back({kind == SliceKind::stall ? Sign::hatch : Sign::fill, kind, name_of(kind), {}});
  }
  if (critical)
    legend.push_back(
        {Sign::outline, SliceKind::attention, tr(QT_TRANSLATE_NOOP("gui", "critical path")), {}});

  // On the title's line where it fits behind the title, else on lines of its own.
  const QFontMetricsF metrics(font);
  const double line = metrics.height() + 2;
  double width = 0;
  for (LegendEntry& entry : legend) {
    entry.place = QRectF(0, 0, 16 + metrics.horizontalAdvance(entry.text) + 14, line);
    width += entry.place.width();
  }
  QFont bold = font;
  bold.setBold(true);
  double title_width = 0;
  for (const auto& prepared : scene.predicted)
    if (prepared)
      title_width = std::max(title_width, QFontMetricsF(bold).horizontalAdvance(prepared->trace.extent) + 24);
  const double right = area.right() - right_margin;
  const bool beside = area.left() + 8 + title_width + width <= right;
  double x = beside ? right - width : area.left() + 8, y = beside ? title.top() : title.bottom();
  for (LegendEntry& entry : legend) {
    if (!beside && x + entry.place.width() > right && x > area.left() + 8) {
      x = area.left() + 8;
      y += line;
    }
    entry.place.moveTopLeft(QPointF(x, y));
    x += entry.place.width();
  }
}

void TimelineLayout::place_plans(const TimelineScene& scene, double scroll, const QFont& font) {
  const double header = std::ceil(QFontMetricsF(font).height() + 5), plan_gap = 8;
  const double node_header = std::ceil(0.85 * QFontMetricsF(font).height() + 3);
  std::vector<std::pair<PlanSlot, RowOrder>> orders;
  double units = 0, fixed = 0;
  for (const PlanSlot slot : {PlanSlot::upper, PlanSlot::lower}) {
    const PreparedTrace* predicted = scene.trace(slot, TraceLayer::predicted);
    const PreparedTrace* measured = scene.trace(slot, TraceLayer::measured);
    if (!predicted && !measured) continue;
    orders.emplace_back(slot, RowOrder(predicted, measured, scene.folded));
    fixed += header + plan_gap + static_cast<double>(orders.back().second.nodes.size()) * node_header;
    for (const RowOrder::Entry& entry : orders.back().second.entries)
      units += entry.before + height_of(row_of(entry, predicted, measured), entry.layer);
  }
  if (orders.empty()) return;
  // Rows share the height that there is, but stay readable, and do not grow into bars.
  const double unit = std::clamp((plot.height() - fixed) / std::max(units, 1.0), 9.0, 19.0);

  double y = plot.top() - scroll;
  const double begin = y;
  for (const auto& [slot, order] : orders) {
    const PreparedTrace* predicted = scene.trace(slot, TraceLayer::predicted);
    const PreparedTrace* measured = scene.trace(slot, TraceLayer::measured);
    PlanPlace plan{slot, QRectF(title.left(), std::round(y), title.width(), header), {}};
    y += header;
    const double top = y;
    std::vector<QRectF> bands;
    auto node = order.nodes.begin();
    const auto place_headers = [&, slot = slot](std::size_t next_entry) {
      for (; node != order.nodes.end() && node->first_entry == next_entry; ++node) {
        const QRectF place(title.left(), std::round(y), title.width(), node_header);
        nodes.push_back({{slot, node->node}, node->gpus, node->folding, place});
        y += node_header;
      }
    };
    for (const RowOrder::Entry& entry : order.entries) {
      place_headers(bands.size());
      y += entry.before * unit;
      const double height = height_of(row_of(entry, predicted, measured), entry.layer) * unit;
      const QRectF band(plot.left(), std::round(y), plot.width(),
                        std::max(3.0, std::round(y + height) - std::round(y)));
      rows.push_back({slot, entry.layer, entry.row, band});
      bands.push_back(band);
      y += height;
    }
    place_headers(bands.size());
    for (const RowOrder::RankEntry& rank : order.ranks) {
      if (rank.entry_count == 0) continue;
      const QRectF first = bands[rank.first_entry], last = bands[rank.first_entry + rank.entry_count - 1];
      ranks.push_back({slot, rank.rank, rank.layer,
                       QRectF(title.left(), first.top(), label_column - 8, last.bottom() - first.top())});
    }
    plan.body = QRectF(plot.left(), top, plot.width(), y - top);
    plans.push_back(plan);
    y += plan_gap;
  }
  content_height = y - begin;
}

const RowPlace* TimelineLayout::row_at(const QPointF& point) const {
  for (const RowPlace& place : rows)
    if (place.band.contains(point)) return &place;
  return nullptr;
}

const NodeHeader* TimelineLayout::node_at(const QPointF& point) const {
  for (const NodeHeader& place : nodes)
    if (place.band.contains(point)) return &place;
  return nullptr;
}

const NodeHeader* TimelineLayout::place_of(const NodeRef& ref) const {
  for (const NodeHeader& place : nodes)
    if (place.ref == ref) return &place;
  return nullptr;
}

std::optional<SliceRef> TimelineLayout::slice_at(const QPointF& point, const TimelineScene& scene) const {
  const RowPlace* place = row_at(point);
  if (!place || scene.range.now().span() <= 0) return {};
  const PreparedTrace* prepared = scene.trace(place->slot, place->layer);
  if (!prepared) return {};
  const TraceRow& row = prepared->trace.rows[place->row];
  const double from = time_at(point.x() - 0.5, scene.range.now()),
               to = time_at(point.x() + 0.5, scene.range.now());
  std::optional<SliceRef> best;
  double most = 0;
  for (std::size_t i = row.first_after(from); i < row.size() && row.start(i) < to; ++i) {
    const double covered = std::min(to, row.end(i)) - std::max(from, row.start(i));
    if (covered <= most) continue;
    most = covered;
    best = SliceRef{place->slot, place->layer, place->row, i};
  }
  return best;
}

const RowPlace* TimelineLayout::place_of(const SliceRef& ref) const {
  for (const RowPlace& place : rows)
    if (place.slot == ref.slot && place.layer == ref.layer && place.row == ref.row) return &place;
  return nullptr;
}

}  // namespace gui
