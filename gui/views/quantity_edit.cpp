#include "gui/views/quantity_edit.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QWheelEvent>
#include <cmath>

#include "gui/document/field_arithmetic.h"

namespace gui {

namespace {
constexpr int pause_ms = 250;  // shorter and half a number would be answered
}

QuantityEdit::QuantityEdit(FieldKind kind, QWidget* parent) : QAbstractSpinBox(parent), kind_(kind) {
  setKeyboardTracking(false);
  setMinimumWidth(96);
  pause_.setSingleShot(true);
  pause_.setInterval(pause_ms);
  connect(&pause_, &QTimer::timeout, this, [this] {
    asking_ = true;
    Q_EMIT typed(lineEdit()->text());
    asking_ = false;
  });
  connect(lineEdit(), &QLineEdit::textEdited, this, [this] {
    if (!before_) before_ = shown_;
    pause_.start();
  });
  connect(lineEdit(), &QLineEdit::editingFinished, this, [this] {
    pause_.stop();
    before_.reset();
    if (lineEdit()->text() != shown_) Q_EMIT wanted(lineEdit()->text());
  });
}

void QuantityEdit::showValue(const QString& text, double value) {
  shown_ = text;
  value_ = value;
  // Whoever types finds what was typed.
  if (asking_) return;
  before_.reset();
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
  if (event->key() == Qt::Key_Escape && (before_ || lineEdit()->text() != shown_)) {
    const QString back = before_.value_or(shown_);
    pause_.stop();
    before_.reset();
    lineEdit()->setText(back);
    Q_EMIT wanted(back);
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
