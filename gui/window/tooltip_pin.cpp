#include "gui/window/tooltip_pin.h"

#include <QApplication>
#include <QCursor>
#include <QKeyEvent>
#include <QTextDocument>
#include <QToolTip>

#include "gui/timeline/timeline_view.h"
#include "gui/views/figure_popup.h"

namespace gui {

TooltipPin::TooltipPin(QWidget& window) : QObject(&window), window_(window) {
  QApplication::instance()->installEventFilter(this);
}

bool TooltipPin::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() != QEvent::KeyPress || static_cast<QKeyEvent*>(event)->key() != Qt::Key_F2 ||
      !QToolTip::isVisible())
    return false;
  const auto* receiver = qobject_cast<QWidget*>(watched);
  if (receiver == nullptr || receiver->window() != &window_) return false;
  if (const auto* timeline = qobject_cast<const TimelineView*>(receiver); timeline && timeline->underMouse())
    return false;
  QString text = QToolTip::text();
  if (!Qt::mightBeRichText(text))
    text = text.toHtmlEscaped().replace(QLatin1Char('\n'), QLatin1String("<br>"));
  QToolTip::hideText();
  showFigurePopup(window_, QCursor::pos(), text);
  return true;
}

}  // namespace gui
