// What all plots share: QCustomPlot dressed in the palette, axis numbers as people write them, and painting a
// plot into any painter for exports.
#pragma once

#include <qcustomplot.h>

#include "gui/look/theme.h"

namespace gui {

void dressPlot(QCustomPlot& plot);
void dressAxis(QCPAxis& axis, const QPalette& palette, const QFont& font);
// Names of rows from the top down, instead of numbers.
void makeNameAxis(QCPAxis& axis);
QFont smallFont(const QFont& font);  // of axes
// A plan's mark as a plot paints it, `size` pixels wide.
QCPScatterStyle scatterOf(const PlanMark& mark, const QPalette& palette, double size);
void paintPlot(QCustomPlot& plot, QPainter& painter, const QRect& area);

// Ticks with the words of the cost model: "155 s".
class SecondsTicker : public QCPAxisTicker {
 protected:
  QString getTickLabel(double tick, const QLocale& locale, QChar format, int precision) override;
};
// For logarithmic axes: 1, 2, 5 of every power of ten.
class SecondsLogTicker : public SecondsTicker {
 protected:
  QVector<double> createTickVector(double step, const QCPRange& range) override;
  int getSubTickCount(double step) override;
};
// Memory axes count GiB, so that their ticks are round.
constexpr double bytes_per_gib = 1073741824.0;

}  // namespace gui
