#include "gui/views/when_seen.h"

#include <QEvent>
#include <QWidget>

namespace gui {

WhenSeen::WhenSeen(QWidget& view, std::function<void()> refresh)
    : QObject(&view), view_(view), refresh_(std::move(refresh)) {
  view.installEventFilter(this);
}

void WhenSeen::refresh() {
  waits_ = true;
  if (view_.isVisible()) catchUp();
}

void WhenSeen::catchUp() {
  if (!waits_) return;
  waits_ = false;
  refresh_();
}

bool WhenSeen::eventFilter(QObject* watched, QEvent* event) {
  if (watched == &view_ && event->type() == QEvent::Show) catchUp();
  return QObject::eventFilter(watched, event);
}

}  // namespace gui
