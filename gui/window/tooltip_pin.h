// F2 keeps the tooltip that is on the screen: its text stays, can be selected and copied.  One for the whole
// window; views that keep their own text, as the timeline does, come first.
#pragma once

#include <QObject>

class QWidget;

namespace gui {

class TooltipPin : public QObject {
 public:
  explicit TooltipPin(QWidget& window);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  QWidget& window_;
};

}  // namespace gui
