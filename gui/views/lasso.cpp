#include "gui/views/lasso.h"

#include <QPainter>
#include <cmath>
#include <utility>

namespace gui {

namespace {

constexpr double least_step = 2;   // pixels between two points of the path
constexpr double click = 4;        // pixels: a drag that stays within is none
constexpr double straight = 0.08;  // area of the loop against that of its box
constexpr float fill_alpha = 0.35F;

double areaOf(const QPolygonF& polygon) {
  double twice = 0;
  for (qsizetype i = 0; i < polygon.size(); ++i) {
    const QPointF a = polygon[i], b = polygon[(i + 1) % polygon.size()];
    twice += a.x() * b.y() - b.x() * a.y();
  }
  return std::abs(twice) / 2;
}

}  // namespace

Lasso::Lasso(QWidget* over) : QWidget(over) {
  setAttribute(Qt::WA_TransparentForMouseEvents);
  hide();
}

void Lasso::begin(const QPointF& at) {
  path_ = QPolygonF{at};
  setGeometry(parentWidget()->rect());
  raise();
  show();
}

void Lasso::extend(const QPointF& to) {
  if (path_.isEmpty() || QLineF(path_.back(), to).length() < least_step) return;
  path_ << to;
  update();
}

// A loop that hardly has an inside was meant as a diagonal.
QPolygonF Lasso::shape() const {
  const QRectF box = path_.boundingRect();
  if (areaOf(path_) >= straight * box.width() * box.height()) return path_;
  const QRectF drawn = QRectF(path_.front(), path_.back()).normalized();
  return QPolygonF(drawn);
}

QPolygonF Lasso::finish() {
  const QRectF box = path_.boundingRect();
  const bool drawn = box.width() > click && box.height() > click;
  QPolygonF chosen = drawn ? shape() : QPolygonF();
  cancel();
  return chosen;
}

void Lasso::cancel() {
  path_.clear();
  hide();
}

void Lasso::paintEvent(QPaintEvent*) {
  if (path_.size() < 2) return;
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  QColor inside = palette().color(QPalette::Highlight);
  painter.setPen(QPen(palette().color(QPalette::Text), 1.2, Qt::DashLine));
  inside.setAlphaF(fill_alpha);
  painter.setBrush(inside);
  painter.drawPolygon(shape());
}

}  // namespace gui
