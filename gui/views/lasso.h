// A drag that chooses what lies inside: a loop drawn freely or, where the drag is nearly straight, the box
// whose diagonal it is.  Lies over a plot and lets the mouse through; who owns the plot tells it the points.
#pragma once

#include <QPolygonF>
#include <QWidget>

namespace gui {

class Lasso : public QWidget {
 public:
  explicit Lasso(QWidget* over);

  void begin(const QPointF& at);
  void extend(const QPointF& to);
  // What was drawn; empty when the drag was no more than a click.
  QPolygonF finish();
  void cancel();
  bool drawing() const { return !path_.isEmpty(); }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QPolygonF shape() const;

  QPolygonF path_;
};

}  // namespace gui
