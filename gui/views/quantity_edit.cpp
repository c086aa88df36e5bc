#include "gui/views/quantity_edit.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QWheelEvent>
#include <cmath>

#include "gui/document/field_arithmetic.h"

namespace gui {

QuantityEdit::QuantityEdit(FieldKind kind, QWidget* parent) : QAbstractSpinBox(parent), kind_(kind) {
  setKeyboardTracking(false);
  setMinimumWidth(96);
  connect(lineEdit(), &QLineEdit::editingFinished, this, [this] {
    if (lineEdit()->text() != shown_) Q_EMIT wanted(lineEdit()->text());
  });
}

void QuantityEdit::showValue(const QString& text, double value) {
  shown_ = text;
  value_ = value;
  if (lineEdit()->text() != text) lineEdit()->setText(text);
}

QString QuantityEdit::typedText() const { return lineEdit()->text(); }

// Tokens and nodes double; other counts go one by one; the rest goes a tenth of its power of ten.
void QuantityEdit::stepBy(int steps) {
  double value = value_;
  for (int i = 0; i < std::abs(steps); ++i) {
    const bool up = steps > 0;
    switch (kind_) {
      case FieldKind::tokens: value = up ? value * 2 : value / 2; break;
      case FieldKind::count: value += up ? 1 : -1; break;
      case FieldKind::bytes: {
        constexpr double gib = 1073741824.0;
        value += up ? gib : -gib;
        break;
      }
      case FieldKind::bandwidth:
      case FieldKind::number:
      case FieldKind::choice: {
        const double step = value > 0 ? std::pow(10.0, std::floor(std::log10(value * 1.0000001))) / 2 : 1;
        value += up ? step : -step;
        break;
      }
    }
  }
  if (value <= 0) return;
  Q_EMIT wanted(QString::fromStdString(roundText(kind_, value)));
  selectAll();
}

QAbstractSpinBox::StepEnabled QuantityEdit::stepEnabled() const { return StepUpEnabled | StepDownEnabled; }

void QuantityEdit::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Escape && lineEdit()->text() != shown_) {
    lineEdit()->setText(shown_);
    Q_EMIT wanted(shown_);
    return;
  }
  QAbstractSpinBox::keyPressEvent(event);
}

// A wheel that passes over the editor scrolls it; only a field in use is stepped.
void QuantityEdit::wheelEvent(QWheelEvent* event) {
  if (hasFocus())
    QAbstractSpinBox::wheelEvent(event);
  else
    event->ignore();
}

}  // namespace gui
