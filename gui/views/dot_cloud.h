// Thousands of equal dots of a plot: drawn once and stamped on the screen, where that is several times faster
// than as many ellipses; drawn one by one into pictures, which may be enlarged.
#pragma once

#include <qcustomplot.h>

namespace gui {

class DotCloud : public QCPGraph {
  Q_OBJECT

 public:
  // Owned by the plot of the axes.
  DotCloud(QCPAxis* keys, QCPAxis* values) : QCPGraph(keys, values) {}

 protected:
  void drawScatterPlot(QCPPainter* painter, const QVector<QPointF>& dots,
                       const QCPScatterStyle& style) const override;
};

}  // namespace gui
