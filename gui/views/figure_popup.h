// A figure's explanation that stays until it is dismissed, with text that can be selected and copied.
#pragma once

#include <QPoint>
#include <QString>

class QWidget;

namespace gui {

void showFigurePopup(QWidget& parent, const QPoint& global, const QString& html);

}  // namespace gui
