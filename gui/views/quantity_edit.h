// A line for a quantity with its unit: text with arithmetic, arrows that go to the next sensible value.  It
// asks for a change and shows what it is told; it holds no value of its own.
#pragma once

#include <QAbstractSpinBox>
#include <QTimer>
#include <optional>

#include "gui/document/scenario_fields.h"

namespace gui {

class QuantityEdit : public QAbstractSpinBox {
  Q_OBJECT

 public:
  QuantityEdit(FieldKind kind, QWidget* parent = nullptr);

  void showValue(const QString& text, double value);
  QString typedText() const;

  void stepBy(int steps) override;

 Q_SIGNALS:
  void wanted(const QString& text);  // the user asks for this value
  void typed(const QString& text);   // so far; there may be more to come

 protected:
  StepEnabled stepEnabled() const override;
  void keyPressEvent(QKeyEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;

 private:
  FieldKind kind_;
  QString shown_;
  double value_ = 0;
  QTimer pause_;                   // in the typing
  bool asking_ = false;            // while `typed` is told
  std::optional<QString> before_;  // what was shown when the typing began
};

}  // namespace gui
