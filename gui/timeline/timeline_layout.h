// Where everything of a timeline lies in its area: legend, axis, a header and rows per plan.
#pragma once

#include <QFont>
#include <QRectF>
#include <optional>
#include <vector>

#include "gui/timeline/timeline_scene.h"

namespace gui {

struct RowPlace {
  PlanSlot slot = PlanSlot::upper;
  TraceLayer layer = TraceLayer::predicted;
  std::size_t row = 0;
  QRectF band;  // as wide as the plot
};

struct RankPlace {
  PlanSlot slot = PlanSlot::upper;
  std::size_t rank = 0;  // of the trace that is shown there
  TraceLayer layer = TraceLayer::predicted;
  QRectF label;
};

struct NodeHeader {
  NodeRef ref;
  int gpus = 0;  // that are shown of it, or would be
  Folding folding = Folding::open;
  QRectF band;  // from the labels to the end of the plot
};

struct PlanPlace {
  PlanSlot slot = PlanSlot::upper;
  QRectF header;
  QRectF body;  // its rows
};

struct LegendEntry {
  enum class Sign : std::uint8_t { fill, hatch, outline } sign = Sign::fill;
  SliceKind kind = SliceKind::attention;
  QString text;
  QRectF place;
};

class TimelineLayout {
 public:
  TimelineLayout() = default;
  // `scroll`: pixels that rows are moved up.
  TimelineLayout(const TimelineScene& scene, const QRectF& area, const QFont& font, double scroll = 0);

  QRectF title, axis, plot;  // plot: right of the labels, below the axis
  std::vector<LegendEntry> legend;
  std::vector<PlanPlace> plans;
  std::vector<NodeHeader> nodes;
  std::vector<RankPlace> ranks;
  std::vector<RowPlace> rows;
  double content_height = 0;  // of all plans, whether they fit or not

  double x_of(double t, const TimeRange& range) const {
    return plot.left() + (t - range.from) / range.span() * plot.width();
  }
  double time_at(double x, const TimeRange& range) const {
    return range.from + (x - plot.left()) / plot.width() * range.span();
  }
  const RowPlace* row_at(const QPointF& point) const;
  const NodeHeader* node_at(const QPointF& point) const;
  // The slice under the point; where several share the pixel, the one that covers most of it.
  std::optional<SliceRef> slice_at(const QPointF& point, const TimelineScene& scene) const;
  const RowPlace* place_of(const SliceRef& ref) const;
  const NodeHeader* place_of(const NodeRef& ref) const;

 private:
  void place_legend(const TimelineScene& scene, const QRectF& area, const QFont& font);
  void place_plans(const TimelineScene& scene, double scroll, const QFont& font);
};

}  // namespace gui
