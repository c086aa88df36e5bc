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

  void showMessage(const QString& message);  // something is wrong; empty: nothing is
  void showNote(const QString& note);        // an answer
  QString message() const;

 private:
  enum class Tone { problem, note };
  void showText(const QString& text, Tone tone);

  QLabel* text_;
};

}  // namespace gui
