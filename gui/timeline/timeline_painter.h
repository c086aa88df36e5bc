// Paints a timeline: the same code for the screen, PNG, SVG and PDF.
#pragma once

#include <QCoreApplication>
#include <QPainter>

#include "gui/timeline/slice_style.h"
#include "gui/timeline/timeline_layout.h"

namespace gui {

class TimelinePainter {
  Q_DECLARE_TR_FUNCTIONS(gui::TimelinePainter)

 public:
  TimelinePainter(const TimelineScene& scene, const TimelineLayout& layout, const SliceStyle& style,
                  const QFont& font)
      : scene_(scene), layout_(layout), style_(style), font_(font) {}

  void paint(QPainter& painter, const QRectF& area) const;

 private:
  void paint_title(QPainter& painter) const;
  void paint_axis(QPainter& painter) const;
  void paint_plan(QPainter& painter, const PlanPlace& plan) const;
  double paint_aggregated(QPainter& painter, const PlanPlace& plan) const;
  void paint_header(QPainter& painter, const PlanPlace& plan, double note) const;  // note: taken at the right
  void paint_rows(QPainter& painter, const PlanPlace& plan) const;
  void paint_labels(QPainter& painter, const PlanPlace& plan) const;
  void paint_nodes(QPainter& painter, const PlanPlace& plan) const;
  void fade_others(QPainter& painter, const RowPlace& place) const;
  void paint_matches(QPainter& painter, const RowPlace& place) const;
  void paint_highlight(QPainter& painter, const SliceRef& ref, double width) const;
  void paint_arrow(QPainter& painter, const SliceRef& ref) const;
  void paint_ruler(QPainter& painter) const;
  QRectF place_of(const SliceRef& ref) const;  // empty when it is out of sight
  double x_of(double t) const { return layout_.x_of(t, scene_.range.now()); }

  const TimelineScene& scene_;
  const TimelineLayout& layout_;
  const SliceStyle& style_;
  const QFont& font_;
};

}  // namespace gui
