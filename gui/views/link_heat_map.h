// Links over time, how full each was as colour.  Shares the time range of the timeline when the window
// connects them; the cell under the pointer, or the one that the arrow keys chose, is described in words.
#pragma once

#include <QImage>
#include <QTimer>
#include <QWidget>
#include <functional>
#include <optional>

#include "costmodel/spec/cluster_spec.h"
#include "gui/models/link_rows.h"
#include "gui/timeline/range_stack.h"

namespace gui {

struct LinkCell {
  int row = 0;
  double time = 0;  // s
  friend bool operator==(const LinkCell&, const LinkCell&) = default;
};

class LinkHeatMap : public QWidget {
  Q_OBJECT

 public:
  explicit LinkHeatMap(QWidget* parent = nullptr);

  void setUse(LinkUsePtr use, LinkTotals totals, costmodel::ClusterSpec cluster);
  const LinkUsePtr& use() const { return use_; }
  const LinkRows& rows() const { return rows_; }
  TimeRange timeRange() const { return range_.now(); }
  void setTimeRange(double from, double to);
  // Marks a moment and the rows of some links; what the timeline and the topology point at.
  void pointAt(double time);
  void choose(const QString& link);
  void selectCell(const std::optional<LinkCell>& cell);
  const std::optional<LinkCell>& selected() const { return selected_; }
  // The moment that other views should show: under the pointer, else chosen, else nothing.
  std::optional<double> moment() const;

  std::optional<LinkCell> cellAt(QPointF point) const;
  QRectF placeOf(const LinkCell& cell) const;
  // Link, utilisation, bytes, formula: rich text.
  QString describe(const LinkCell& cell) const;

  void paintTo(QPainter& painter, const QRect& area) const;
  QSize sizeHint() const override { return {700, 320}; }
  QSize minimumSizeHint() const override { return {320, 140}; }

 Q_SIGNALS:
  void timeRangeChanged(double from, double to);
  void momentChanged();
  void cellSelected(const gui::LinkCell& cell);

 protected:
  bool event(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;

 private:
  struct Place {
    QRectF plot;
    double row = 0;            // height of one
    std::vector<double> tops;  // of each row
  };
  Place placeIn(const QRectF& area, const LinkRows& rows) const;
  LinkRows rowsFor(const QRectF& area) const;
  double timeAt(double x) const;
  void changeRange(const std::function<void(RangeStack&)>& change);
  void setHovered(const std::optional<LinkCell>& cell);
  void rebuild();
  void paintCells(QPainter& painter, const Place& place, const LinkRows& rows) const;
  void paintLabels(QPainter& painter, const QRectF& area, const Place& place, const LinkRows& rows) const;
  void paintAxis(QPainter& painter, const Place& place) const;
  void paintMarks(QPainter& painter, const Place& place, const LinkRows& rows) const;

  LinkUsePtr use_;
  LinkTotals totals_;
  costmodel::ClusterSpec cluster_;
  LinkRows rows_;  // for the present size
  RangeStack range_;
  std::optional<LinkCell> hovered_, selected_;
  std::optional<double> pointed_;
  std::optional<QPointF> pressed_;
  std::optional<TimeRange> dragged_;
  QTimer tip_timer_;
  QPointF pointer_;
};

}  // namespace gui

Q_DECLARE_METATYPE(gui::LinkCell)
