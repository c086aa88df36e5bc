// Keyboard, wheel and mouse of the heat map: those of the timeline, and arrows for cells.
#include <QKeyEvent>
#include <QMouseEvent>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "gui/timeline/range_keys.h"
#include "gui/views/link_heat_map.h"

namespace gui {

namespace {

constexpr double drag_least = 4;    // pixels: less is a click
constexpr double cell_step = 0.01;  // of what is seen: an arrow key

bool isOwnKey(const QKeyEvent& key) {
  const bool plain = (key.modifiers() & ~(Qt::ShiftModifier | Qt::KeypadModifier)) == 0;
  return plain && isRangeKey(key.key());
}

}  // namespace

bool LinkHeatMap::event(QEvent* event) {
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) update();
  // The view's keys are its own while it has the focus, whatever shortcuts the window has.
  if (event->type() == QEvent::ShortcutOverride && isOwnKey(*static_cast<QKeyEvent*>(event))) {
    event->accept();
    return true;
  }
  return QWidget::event(event);
}

void LinkHeatMap::resizeEvent(QResizeEvent*) { rebuild(); }

void LinkHeatMap::keyPressEvent(QKeyEvent* event) {
  if (!use_ || rows_.rows.empty()) return QWidget::keyPressEvent(event);
  const TimeRange now = range_.now();
  const double around = hovered_ ? hovered_->time : (now.from + now.to) / 2;
  const auto move = [&](int rows, double time) {
    LinkCell cell = selected_.value_or(LinkCell{0, now.from + now.span() / 2});
    if (selected_) {
      cell.row = std::clamp(cell.row + rows, 0, static_cast<int>(rows_.rows.size()) - 1);
      cell.time = std::clamp(cell.time + time * now.span(), now.from, std::nextafter(now.to, now.from));
    }
    selectCell(cell);
  };
  if (isRangeKey(event->key())) {
    changeRange([&](RangeStack& r) { applyRangeKey(r, *event, around); });
    return;
  }
  switch (event->key()) {
    case Qt::Key_Up: move(-1, 0); break;
    case Qt::Key_Down: move(1, 0); break;
    case Qt::Key_Left: move(0, -cell_step); break;
    case Qt::Key_Right: move(0, cell_step); break;
    case Qt::Key_Escape:
      if (!selected_) return QWidget::keyPressEvent(event);
      selectCell({});
      break;
    default: QWidget::keyPressEvent(event);
  }
}

void LinkHeatMap::wheelEvent(QWheelEvent* event) {
  if (!use_) return;
  const double around = timeAt(event->position().x());
  const double steps = event->angleDelta().y() / 120.0;
  changeRange([&](RangeStack& r) { r.zoom(std::pow(zoomStep(event->modifiers()), steps), around); });
  event->accept();
}

void LinkHeatMap::mousePressEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton && cellAt(event->position())) pressed_ = event->position();
}

void LinkHeatMap::mouseMoveEvent(QMouseEvent* event) {
  pointer_ = event->position();
  if (pressed_ && std::abs(pointer_.x() - pressed_->x()) >= drag_least) {
    const double a = timeAt(pressed_->x()), b = timeAt(pointer_.x());
    dragged_ = TimeRange{std::min(a, b), std::max(a, b)};
    update();
  }
  setHovered(cellAt(pointer_));
}

void LinkHeatMap::mouseReleaseEvent(QMouseEvent* event) {
  if (!pressed_) return;
  pressed_.reset();
  if (dragged_) {
    const TimeRange chosen = *dragged_;
    dragged_.reset();
    changeRange([&](RangeStack& r) { r.show(chosen); });
    update();
    return;
  }
  selectCell(cellAt(event->position()));
}

void LinkHeatMap::leaveEvent(QEvent*) { setHovered({}); }

}  // namespace gui
