#include "gui/look/heat_colour.h"

#include <QFontMetricsF>
#include <QPainter>
#include <algorithm>
#include <array>
#include <cmath>

#include "gui/look/theme.h"

namespace gui {

namespace {

// Cividis (Nunez, Anderton, Renslow 2018), at ten equal steps.
constexpr std::array<QRgb, 10> steps{0xFF00204D, 0xFF00336F, 0xFF39486B, 0xFF575C6D, 0xFF707173,
                                     0xFF8A8779, 0xFFA69D75, 0xFFC4B56C, 0xFFE4CF5B, 0xFFFFEA46};
constexpr double bar_width = 120, bar_height = 9;

}  // namespace

QColor heatColour(double share) {
  const double at = std::clamp(share, 0.0, 1.0) * (steps.size() - 1);
  const std::size_t low = std::min(static_cast<std::size_t>(at), steps.size() - 2);
  const double part = at - static_cast<double>(low);
  const QColor a(steps[low]), b(steps[low + 1]);
  const auto mixed = [&](int from, int to) {
    return static_cast<int>(std::lround(from + (to - from) * part));
  };
  return QColor(mixed(a.red(), b.red()), mixed(a.green(), b.green()), mixed(a.blue(), b.blue()));
}

QColor heatInk(double share) { return share > 0.5 ? QColor(Qt::black) : QColor(Qt::white); }

QBrush unknownBrush(const QPalette& palette) { return {ink(Ink::grid, palette), Qt::BDiagPattern}; }

void paintHeatLegend(QPainter& painter, const QRectF& area, const QString& words, const QPalette& palette) {
  const QFontMetricsF metrics(painter.font());
  painter.save();
  painter.setPen(ink(Ink::text, palette));
  const double middle = area.center().y();
  double x = area.right() - bar_width - metrics.horizontalAdvance(QStringLiteral("100 %")) - 6;
  const QRectF bar(x, middle - bar_height / 2, bar_width, bar_height);
  for (int i = 0; i < static_cast<int>(bar_width); ++i)
    painter.fillRect(QRectF(bar.left() + i, bar.top(), 1.5, bar_height), heatColour(i / bar_width));
  painter.setBrush(Qt::NoBrush);
  painter.drawText(QRectF(bar.right() + 4, area.top(), 60, area.height()), Qt::AlignVCenter,
                   QStringLiteral("100 %"));
  const QString zero = words + QStringLiteral("  0 %");
  painter.drawText(QRectF(area.left(), area.top(), bar.left() - 4 - area.left(), area.height()),
                   Qt::AlignVCenter | Qt::AlignRight,
                   metrics.elidedText(zero, Qt::ElideLeft, bar.left() - 4 - area.left()));
  painter.restore();
}

}  // namespace gui
