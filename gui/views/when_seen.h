// Work of a view that waits until somebody sees it: a dock behind another costs an edit nothing.
#pragma once

#include <QObject>
#include <functional>

class QWidget;

namespace gui {

class WhenSeen : public QObject {
  Q_OBJECT

 public:
  // Runs `refresh` for the view; lives as long as the view.
  WhenSeen(QWidget& view, std::function<void()> refresh);

  // At once where the view is seen, else when it is shown.
  void refresh();
  // At once when it waits: for exports and tables of a view that nobody sees.
  void catchUp();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  QWidget& view_;
  std::function<void()> refresh_;
  bool waits_ = false;
};

}  // namespace gui
