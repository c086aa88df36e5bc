// A label of rich text that wraps.  A plain QLabel lays its text out anew at every question of its layout;
// this one once for each width.
#pragma once

#include <QHash>
#include <QLabel>

namespace gui {

class MeasuredLabel : public QLabel {
  Q_OBJECT

 public:
  explicit MeasuredLabel(QWidget* parent = nullptr);

  // Does nothing when it is shown already.
  void showText(const QString& text);

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;
  int heightForWidth(int width) const override;

 protected:
  void changeEvent(QEvent* event) override;

 private:
  mutable QHash<int, int> heights_;  // by width, of the present text
};

}  // namespace gui
