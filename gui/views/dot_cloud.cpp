#include "gui/views/dot_cloud.h"

#include <cmath>

namespace gui {

void DotCloud::drawScatterPlot(QCPPainter* painter, const QVector<QPointF>& dots,
                               const QCPScatterStyle& style) const {
  const QPaintEngine* engine = painter->paintEngine();
  if (engine == nullptr || engine->type() != QPaintEngine::Raster) {
    QCPGraph::drawScatterPlot(painter, dots, style);
    return;
  }
  const double ratio = painter->device()->devicePixelRatioF();
  const double side = std::ceil(style.size()) + 2;  // room for the soft edge
  QPixmap stamp(QSize(1, 1) * static_cast<int>(std::ceil(side * ratio)));
  stamp.setDevicePixelRatio(ratio);
  stamp.fill(Qt::transparent);
  {
    QCPPainter drawn(&stamp);
    drawn.setRenderHint(QPainter::Antialiasing);
    style.applyTo(&drawn, mPen);
    style.drawShape(&drawn, side / 2, side / 2);
  }
  const QPointF corner(side / 2, side / 2);
  for (const QPointF& dot : dots)
    if (std::isfinite(dot.x()) && std::isfinite(dot.y())) painter->drawPixmap(dot - corner, stamp);
}

}  // namespace gui
