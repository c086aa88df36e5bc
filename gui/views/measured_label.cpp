#include "gui/views/measured_label.h"

#include <QEvent>

namespace gui {

namespace {
constexpr int usual_width = 400;
constexpr int least_width = 60;
}  // namespace

MeasuredLabel::MeasuredLabel(QWidget* parent) : QLabel(parent) {
  setTextFormat(Qt::RichText);
  setWordWrap(true);
}

void MeasuredLabel::showText(const QString& text) {
  if (text == this->text()) return;
  heights_.clear();
  setText(text);
}

int MeasuredLabel::heightForWidth(int width) const {
  const auto known = heights_.constFind(width);
  if (known != heights_.constEnd()) return *known;
  return *heights_.insert(width, QLabel::heightForWidth(width));
}

// Its lines may be broken; how many that makes is asked by heightForWidth, with the width that it gets.
QSize MeasuredLabel::sizeHint() const { return {usual_width, fontMetrics().height()}; }
QSize MeasuredLabel::minimumSizeHint() const { return {least_width, fontMetrics().height()}; }

void MeasuredLabel::changeEvent(QEvent* event) {
  if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange) heights_.clear();
  QLabel::changeEvent(event);
}

}  // namespace gui
