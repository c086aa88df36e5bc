// One message above the answer that stays until it is dismissed: a file that cannot be read, a job that
// failed.
#pragma once

#include <QFrame>

class QLabel;

namespace gui {

class MessageBar : public QFrame {
  Q_OBJECT

 public:
  explicit MessageBar(QWidget* parent = nullptr);

  void showMessage(const QString& message);
  QString message() const;

 private:
  QLabel* text_;
};

}  // namespace gui
