// Pointer and drags of the trade-off plot.
#include <qcustomplot.h>

#include <QMouseEvent>
#include <QToolButton>
#include <QToolTip>
#include <algorithm>

#include "costmodel/plan/plan_alias.h"
#include "gui/look/figure_html.h"
#include "gui/views/lasso.h"
#include "gui/views/trade_off_view.h"

namespace gui {

namespace {

constexpr double reach = 14;          // pixels
constexpr double drag_threshold = 4;  // pixels
constexpr std::size_t most_marked = 20;

}  // namespace

int TradeOffView::reportAt(const QPointF& position) const {
  int nearest = -1;
  double best = reach;
  for (int i = 0; shown_ && shown_->report(i) != nullptr; ++i) {
    if (!shown_->report(i)->priced()) continue;
    const double distance = QLineF(position, positionOf(i)).length();
    if (distance > best) continue;
    best = distance;
    nearest = i;
  }
  return nearest;
}

const TradeOffPoint* TradeOffView::pointAt(const QPointF& position) const {
  const TradeOffPoint* nearest = nullptr;
  double best = reach;
  for (const TradeOffPoint& point : cloud_) {
    const double distance = QLineF(position, pixelOf(point)).length();
    if (distance >= best) continue;
    best = distance;
    nearest = &point;
  }
  return nearest;
}

void TradeOffView::pointerMoved(const QPointF& position, const QPoint& global) {
  if (!shown_) return;
  const int index = reportAt(position);
  selection_.setHovered(index);
  if (const costmodel::PlanReport* report = shown_->report(index)) {
    QToolTip::showText(global, figureHtml(*report, "time"), plot_);
    return;
  }
  const TradeOffPoint* point = pointAt(position);
  if (point == nullptr) {
    QToolTip::hideText();
    return;
  }
  QToolTip::showText(
      global,
      tr("%1\n%2, %3\nclick to add it to the table")
          .arg(QString::fromStdString(costmodel::plan_name(point->price->plan, shown_->scenario)),
               axisText(axes_.x, point->x), axisText(axes_.y, point->y)),
      plot_);
}

void TradeOffView::clicked(const QPointF& position) {
  const int index = reportAt(position);
  if (index >= 0)
    selection_.setCurrent(index);
  else if (const TradeOffPoint* point = pointAt(position))
    selection_.choosePlan(costmodel::Plan(point->price->plan));
}

void TradeOffView::markFastest(std::vector<TradeOffPoint> points) {
  std::stable_sort(points.begin(), points.end(), [](const TradeOffPoint& a, const TradeOffPoint& b) {
    return a.price->per_replica() < b.price->per_replica();
  });
  std::vector<costmodel::Plan> plans;
  for (const TradeOffPoint& point : points)
    if (plans.size() < most_marked && std::find(plans.begin(), plans.end(), point.price->plan) == plans.end())
      plans.push_back(point.price->plan);
  selection_.mark(plans);
}

void TradeOffView::selectInside(const QPolygonF& shape) {
  if (!shown_) return;
  // The marks are of plans that the thinned cloud may lack.
  std::vector<TradeOffPoint> inside = reportPoints();
  inside.insert(inside.end(), cloud_.begin(), cloud_.end());
  std::erase_if(inside, [&](const TradeOffPoint& point) {
    return !shape.containsPoint(pixelOf(point), Qt::OddEvenFill);
  });
  markFastest(std::move(inside));
}

void TradeOffView::selectFront() {
  if (shown_) markFastest(frontOf(axes_, cloud_));
}

bool TradeOffView::dragged(QEvent& event) {
  if (event.type() == QEvent::MouseButtonPress) {
    const auto& mouse = static_cast<QMouseEvent&>(event);
    const bool selects = select_->isChecked() || (mouse.modifiers() & Qt::ShiftModifier) != 0;
    if (!selects || mouse.button() != Qt::LeftButton) return false;
    lasso_->begin(mouse.position());
    return true;
  }
  if (!lasso_->drawing()) return false;
  if (event.type() == QEvent::MouseMove) {
    lasso_->extend(static_cast<QMouseEvent&>(event).position());
    return true;
  }
  if (event.type() == QEvent::KeyPress && static_cast<QKeyEvent&>(event).key() == Qt::Key_Escape) {
    lasso_->cancel();
    return true;
  }
  if (event.type() != QEvent::MouseButtonRelease) return false;
  const QPointF at = static_cast<QMouseEvent&>(event).position();
  lasso_->extend(at);
  if (const QPolygonF shape = lasso_->finish(); !shape.isEmpty())
    selectInside(shape);
  else
    clicked(at);
  return true;
}

bool TradeOffView::eventFilter(QObject* watched, QEvent* event) {
  if (watched != plot_) return QWidget::eventFilter(watched, event);
  if (dragged(*event)) return true;
  switch (event->type()) {
    case QEvent::MouseMove: {
      const auto* mouse = static_cast<QMouseEvent*>(event);
      if (mouse->buttons() == Qt::NoButton)
        pointerMoved(mouse->position(), mouse->globalPosition().toPoint());
      break;
    }
    case QEvent::MouseButtonPress: pressed_ = static_cast<QMouseEvent*>(event)->position(); break;
    case QEvent::MouseButtonRelease: {
      const auto* mouse = static_cast<QMouseEvent*>(event);
      if (mouse->button() == Qt::LeftButton && QLineF(pressed_, mouse->position()).length() < drag_threshold)
        clicked(mouse->position());
      break;
    }
    case QEvent::Leave: selection_.setHovered(-1); break;
    default: break;
  }
  return QWidget::eventFilter(watched, event);
}

}  // namespace gui
