// One message above the answer that stays until it is dismissed: a file that cannot be read, a job that
// failed.
#pragma once

#include <QFrame>
#include <functional>
#include <vector>

class QAbstractButton;
class QHBoxLayout;
class QLabel;

namespace gui {

class MessageBar : public QFrame {
  Q_OBJECT

 public:
  explicit MessageBar(QWidget* parent = nullptr);

  void showMessage(const QString& message);  // something is wrong; empty: nothing is
  void showNote(const QString& note);        // an answer
  // A question, with what can be done about it.
  struct Choice {
    QString text;
    std::function<void()> run;
  };
  void showOffer(const QString& question, const std::vector<Choice>& choices);
  QString message() const;

 private:
  enum class Tone { problem, note };
  void showText(const QString& text, Tone tone);

  void removeChoices();

  QLabel* text_;
  QHBoxLayout* row_;
  std::vector<QAbstractButton*> choices_;
};

}  // namespace gui
