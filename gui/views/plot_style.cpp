#include "gui/views/plot_style.h"

#include <QPicture>
#include <cmath>

#include "costmodel/base/unit_text.h"

namespace gui {

void dressAxis(QCPAxis& axis, const QPalette& palette, const QFont& font) {
  axis.setBasePen(QPen(ink(Ink::faint_text, palette)));
  axis.setTickPen(QPen(ink(Ink::faint_text, palette)));
  axis.setSubTickPen(QPen(ink(Ink::grid, palette)));
  axis.setTickLabelColor(ink(Ink::text, palette));
  axis.setLabelColor(ink(Ink::text, palette));
  axis.setTickLabelFont(font);
  axis.setLabelFont(font);
  axis.grid()->setPen(QPen(ink(Ink::grid, palette), 1));
  axis.grid()->setZeroLinePen(Qt::NoPen);
  axis.grid()->setSubGridVisible(false);
}

void makeNameAxis(QCPAxis& axis) {
  axis.grid()->setVisible(false);
  axis.setTickLength(0);
  axis.setSubTickLength(0);
  axis.setRangeReversed(true);
}

QFont smallFont(const QFont& font) {
  QFont small = font;
  small.setPointSizeF(std::max(7.0, small.pointSizeF() * 0.9));
  return small;
}

void dressPlot(QCustomPlot& plot) {
  // With the other views, not each on its own while the rest of the window waits to be painted.
  plot.setPlottingHint(QCP::phImmediateRefresh, false);
  plot.setBackground(QBrush(ink(Ink::ground, plot.palette())));
  for (QCPAxis* axis : {plot.xAxis, plot.yAxis, plot.xAxis2, plot.yAxis2})
    if (axis != nullptr) dressAxis(*axis, plot.palette(), smallFont(plot.font()));
}

// QCustomPlot scales the path of a custom scatter shape from six units.
QCPScatterStyle scatterOf(const PlanMark& mark, const QPalette& palette, double size) {
  const bool hollow = mark.shape == MarkShape::circle;
  QPen pen(markOutline(mark, palette), hollow ? 1.0 : 0.5);
  return {markPath(mark.shape, {0, 0}, hollow ? 2.2 : 2.8), pen,
          hollow ? QBrush(Qt::NoBrush) : QBrush(mark.colour), size};
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
  // As many in a decade as have room for their words.
  const double ratio = range.upper / range.lower;
  const auto has_room = [&](double factor) {
    if (ratio > 300) return factor == 1.0;
    return ratio < 30 || factor == 1.0 || factor == 3.0;
  };
  for (double decade = std::pow(10.0, std::floor(std::log10(range.lower))); decade <= range.upper * 10;
       decade *= 10)
    for (const double factor : {1.0, 1.5, 2.0, 3.0, 5.0, 7.0})
      if (has_room(factor)) ticks << decade * factor;
  return ticks;
}

int SecondsLogTicker::getSubTickCount(double) { return 0; }

}  // namespace gui
