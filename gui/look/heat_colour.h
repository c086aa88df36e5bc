// The colour of a share between 0 and 1: cividis, which looks the same to people who see fewer colours and
// grows brighter with the share.
#pragma once

#include <QBrush>
#include <QColor>
#include <QPalette>

class QPainter;
class QRectF;

namespace gui {

QColor heatColour(double share);
// Ink that is read on that colour.
QColor heatInk(double share);
// Where nothing is known.
QBrush unknownBrush(const QPalette& palette);
// The scale with its numbers; `words` says what it is about.
void paintHeatLegend(QPainter& painter, const QRectF& area, const QString& words, const QPalette& palette);

}  // namespace gui
