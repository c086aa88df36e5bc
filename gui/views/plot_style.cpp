#include "gui/views/plot_style.h"

#include <QPicture>
#include <cmath>

#include "costmodel/base/unit_text.h"
#include "gui/look/theme.h"

namespace gui {

void dressPlot(QCustomPlot& plot) {
  const QPalette palette = plot.palette();
  plot.setBackground(QBrush(ink(Ink::ground, palette)));
  QFont small = plot.font();
  small.setPointSizeF(std::max(7.0, small.pointSizeF() * 0.9));
  for (QCPAxis* axis : {plot.xAxis, plot.yAxis, plot.xAxis2, plot.yAxis2}) {
    axis->setBasePen(QPen(ink(Ink::faint_text, palette)));
    axis->setTickPen(QPen(ink(Ink::faint_text, palette)));
    axis->setSubTickPen(QPen(ink(Ink::grid, palette)));
    axis->setTickLabelColor(ink(Ink::text, palette));
    axis->setLabelColor(ink(Ink::text, palette));
    axis->setTickLabelFont(small);
    axis->setLabelFont(small);
    axis->grid()->setPen(QPen(ink(Ink::grid, palette), 1));
    axis->grid()->setZeroLinePen(Qt::NoPen);
    axis->grid()->setSubGridVisible(false);
  }
}

void paintPlot(QCustomPlot& plot, QPainter& painter, const QRect& area) {
  QPicture picture;
  {
    QCPPainter recorder(&picture);
    plot.toPainter(&recorder, area.width(), area.height());
  }
  painter.save();
  painter.setClipRect(area);
  painter.drawPicture(area.topLeft(), picture);
  painter.restore();
}

QString SecondsTicker::getTickLabel(double tick, const QLocale&, QChar, int) {
  if (std::abs(tick) < 1e-12) return QStringLiteral("0");
  return QString::fromStdString(costmodel::format_seconds(costmodel::Seconds(tick)));
}

QVector<double> SecondsLogTicker::createTickVector(double, const QCPRange& range) {
  QVector<double> ticks;
  if (range.lower <= 0) return ticks;
  const bool wide = range.upper / range.lower > 300;
  for (double decade = std::pow(10.0, std::floor(std::log10(range.lower))); decade <= range.upper * 10;
       decade *= 10)
    for (const double factor : {1.0, 1.5, 2.0, 3.0, 5.0, 7.0})
      if (factor == 1.0 || !wide) ticks << decade * factor;
  return ticks;
}

int SecondsLogTicker::getSubTickCount(double) { return 0; }

}  // namespace gui
