// Keyboard, wheel and mouse of the timeline.
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMouseEvent>
#include <QScrollBar>
#include <QToolTip>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "gui/timeline/range_keys.h"
#include "gui/timeline/slice_lookup.h"
#include "gui/timeline/slice_text.h"
#include "gui/timeline/timeline_view.h"

namespace gui {

namespace {

constexpr double snap_reach = 8;  // pixels
constexpr double drag_least = 4;  // pixels: less is a click

}  // namespace

void TimelineView::changeRange(const std::function<void(RangeStack&)>& change) {
  const TimeRange before = scene_.range.now();
  change(scene_.range);
  if (scene_.range.now() == before) return;
  update();
  Q_EMIT timeRangeChanged(scene_.range.now().from, scene_.range.now().to);
}

void TimelineView::keyPressEvent(QKeyEvent* event) {
  if (scene_.empty()) return QWidget::keyPressEvent(event);
  const TimeRange now = scene_.range.now();
  // Around the pointer while it is over the rows, as Perfetto does; else around the middle.
  const bool pointing = layout_.plot.contains(pointer_);
  const double around = pointing ? layout_.time_at(pointer_.x(), now) : (now.from + now.to) / 2;
  const bool control = event->modifiers().testFlag(Qt::ControlModifier);
  const auto pan = [&](double way) {
    changeRange([&](RangeStack& r) { r.pan(way * pan_step * now.span()); });
  };
  if (isRangeKey(event->key())) {
    changeRange([&](RangeStack& r) { applyRangeKey(r, *event, around); });
    event->accept();
    return;
  }
  switch (event->key()) {
    case Qt::Key_Left: control ? moveSelection(0, -1) : pan(-1); break;
    case Qt::Key_Right: control ? moveSelection(0, 1) : pan(1); break;
    case Qt::Key_Up:
      control ? moveSelection(-1, 0) : scroll_->triggerAction(QScrollBar::SliderSingleStepSub);
      break;
    case Qt::Key_Down:
      control ? moveSelection(1, 0) : scroll_->triggerAction(QScrollBar::SliderSingleStepAdd);
      break;
    case Qt::Key_PageUp: scroll_->triggerAction(QScrollBar::SliderPageStepSub); break;
    case Qt::Key_PageDown: scroll_->triggerAction(QScrollBar::SliderPageStepAdd); break;
    case Qt::Key_N: goToStall(1); break;
    case Qt::Key_P: goToStall(-1); break;
    case Qt::Key_M: markRange(); break;
    case Qt::Key_G: event->modifiers().testFlag(Qt::ShiftModifier) ? foldAllNodes() : foldNode(); break;
    case Qt::Key_Slash: openSearch(); break;
    case Qt::Key_F2: togglePinned(); break;
    case Qt::Key_F:
      if (scene_.selected) {
        const TraceRow& row = *scene_.row(*scene_.selected);
        const std::size_t i = scene_.selected->slice;
        const double margin = 0.1 * (row.end(i) - row.start(i));
        setTimeRange(row.start(i) - margin, row.end(i) + margin);
      }
      break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
      if (scene_.header)
        foldNode();
      else if (scene_.selected)
        if (const RowPlace* place = layout_.place_of(*scene_.selected)) {
          const double x = layout_.x_of(scene_.row(*scene_.selected)->start(scene_.selected->slice), now);
          showTip(
              *scene_.selected,
              mapToGlobal(QPoint(static_cast<int>(std::clamp(x, layout_.plot.left(), layout_.plot.right())),
                                 static_cast<int>(place->band.bottom()))));
        }
      break;
    case Qt::Key_Escape:
      scene_.marked.reset();
      scene_.dragged.reset();
      scene_.search.clear();
      scene_.show_only({});
      scene_.header.reset();
      ruler_from_.reset();
      drag_ = Drag::none;
      search_->hide();
      search_->clear();
      pinned_->hide();
      QToolTip::hideText();
      select({});
      update();
      break;
    default: QWidget::keyPressEvent(event); return;
  }
  event->accept();
}

bool TimelineView::eventFilter(QObject* watched, QEvent* event) {
  if (watched == search_ && event->type() == QEvent::KeyPress) {
    const auto* key = static_cast<QKeyEvent*>(event);
    if (key->key() == Qt::Key_Escape) {
      search_->clear();
      search_->hide();
      setFocus();
      return true;
    }
    if ((key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) &&
        key->modifiers().testFlag(Qt::ShiftModifier)) {
      goToMatch(-1);
      return true;
    }
  }
  return QWidget::eventFilter(watched, event);
}

void TimelineView::nextStall() { goToStall(1); }
void TimelineView::previousStall() { goToStall(-1); }

// On the GPU of the selected slice; with nothing selected the first stall that is in sight.
void TimelineView::goToStall(int direction) {
  const Search search = direction > 0 ? Search::forward : Search::backward;
  const auto found = scene_.selected ? next_stall(scene_, layout_, *scene_.selected, search)
                                     : stall_in(scene_, layout_, scene_.range.now(), search);
  if (!found) return;
  select(found);
  reveal(*found);
}

void TimelineView::goToMatch(int direction) {
  const Search search = direction > 0 ? Search::forward : Search::backward;
  double from = direction > 0 ? -1e-12 * scene_.range.total() : scene_.range.total();
  if (scene_.selected) from = scene_.row(*scene_.selected)->start(scene_.selected->slice);
  auto found = next_match(scene_, layout_, scene_.search, from, search);
  // Round again from the other end.
  if (!found)
    found =
        next_match(scene_, layout_, scene_.search, direction > 0 ? -1.0 : scene_.range.total() + 1, search);
  if (!found) return;
  select(found);
  reveal(*found);
}

// Marks the selected slice; without one, a range from the pointer here to the pointer at the next press.
void TimelineView::markRange() {
  if (ruler_from_) {
    ruler_from_.reset();
    update();
    return;
  }
  if (layout_.plot.contains(pointer_) && !scene_.selected) {
    const double t = snappedTime(pointer_);
    ruler_from_ = t;
    scene_.marked = TimeRange{t, t};
  } else if (scene_.selected) {
    const TraceRow& row = *scene_.row(*scene_.selected);
    scene_.marked = TimeRange{row.start(scene_.selected->slice), row.end(scene_.selected->slice)};
  } else {
    scene_.marked = scene_.range.now();
  }
  update();
}

double TimelineView::snappedTime(const QPointF& point) const {
  const TimeRange& now = scene_.range.now();
  const double t = std::clamp(layout_.time_at(point.x(), now), 0.0, scene_.range.total());
  const RowPlace* place = layout_.row_at(point);
  if (!place) return t;
  const TraceRow& row = scene_.trace(place->slot, place->layer)->trace.rows[place->row];
  return snapped(row, t, snap_reach * now.span() / std::max(1.0, layout_.plot.width()));
}

void TimelineView::wheelEvent(QWheelEvent* event) {
  if (scene_.empty()) return;
  event->accept();
  const QPointF turn = event->angleDelta();
  const TimeRange now = scene_.range.now();
  if (event->position().x() < layout_.plot.left()) {
    scroll_->setValue(scroll_->value() - static_cast<int>(turn.y() / 2));
    return;
  }
  if (std::abs(turn.x()) > std::abs(turn.y())) {
    changeRange([&](RangeStack& r) { r.pan(-turn.x() / 120 * pan_step * now.span()); });
    return;
  }
  const double factor = std::pow(zoomStep(event->modifiers()), turn.y() / 120);
  changeRange([&](RangeStack& r) { r.zoom(factor, layout_.time_at(event->position().x(), now)); });
  hover(event->position());
}

void TimelineView::mousePressEvent(QMouseEvent* event) {
  pressed_ = event->position();
  if (scene_.empty()) return;
  const NodeHeader* node = pressed_.y() >= layout_.plot.top() ? layout_.node_at(pressed_) : nullptr;
  if (node && event->button() == Qt::LeftButton) {
    toggleNode(node->ref);
    return;
  }
  if (!layout_.plot.contains(pressed_)) return;
  if (event->button() == Qt::MiddleButton) {
    if (const auto slice = layout_.slice_at(pressed_, scene_)) {
      const TraceRow& row = *scene_.row(*slice);
      setTimeRange(row.start(slice->slice), row.end(slice->slice));
    }
    return;
  }
  if (event->button() != Qt::LeftButton) return;
  if (ruler_from_) {
    ruler_from_.reset();
    update();
    return;
  }
  if (event->modifiers().testFlag(Qt::ShiftModifier)) {
    drag_ = Drag::ruler;
    ruler_from_ = snappedTime(pressed_);
  } else {
    drag_ = Drag::range;
  }
}

void TimelineView::mouseMoveEvent(QMouseEvent* event) {
  pointer_ = event->position();
  if (scene_.empty()) return;
  if (ruler_from_) {
    const double t = snappedTime(pointer_);
    scene_.marked = TimeRange{std::min(*ruler_from_, t), std::max(*ruler_from_, t)};
    update();
  } else if (drag_ == Drag::range && std::abs(pointer_.x() - pressed_.x()) >= drag_least) {
    const TimeRange& now = scene_.range.now();
    const double a = layout_.time_at(std::clamp(pressed_.x(), layout_.plot.left(), layout_.plot.right()),
                                     now),
                 b = layout_.time_at(std::clamp(pointer_.x(), layout_.plot.left(), layout_.plot.right()),
                                     now);
    scene_.dragged = TimeRange{std::min(a, b), std::max(a, b)};
    update();
  }
  hover(pointer_);
}

void TimelineView::mouseReleaseEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  const Drag was = drag_;
  drag_ = Drag::none;
  if (was == Drag::ruler) {
    ruler_from_.reset();
    update();
  } else if (was == Drag::range && scene_.dragged) {
    const TimeRange chosen = *scene_.dragged;
    scene_.dragged.reset();
    update();
    changeRange([&](RangeStack& r) { r.show(chosen); });
  } else if (was == Drag::range) {
    select(layout_.slice_at(event->position(), scene_));
  }
}

void TimelineView::hover(const QPointF& point) {
  const bool foldable = point.y() >= layout_.plot.top() && layout_.node_at(point) != nullptr;
  QWidget::setCursor(foldable ? Qt::PointingHandCursor : Qt::ArrowCursor);
  const std::optional<SliceRef> slice = layout_.slice_at(point, scene_);
  if (slice == scene_.hovered) return;
  scene_.hovered = slice;
  QToolTip::hideText();
  update();
  if (slice) {
    tip_timer_.start();
    Q_EMIT sliceHovered(infoOf(*slice));
  } else {
    tip_timer_.stop();
    Q_EMIT hoverLeft();
  }
}

void TimelineView::leaveEvent(QEvent*) {
  pointer_ = QPointF(-1, -1);
  hover(pointer_);
}

}  // namespace gui
