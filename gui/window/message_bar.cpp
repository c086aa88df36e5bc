#include "gui/window/message_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>

#include "gui/look/theme.h"

namespace gui {

MessageBar::MessageBar(QWidget* parent) : QFrame(parent), text_(new QLabel(this)) {
  setObjectName(QStringLiteral("messageBar"));
  setFrameShape(QFrame::StyledPanel);
  text_->setWordWrap(true);
  text_->setTextFormat(Qt::PlainText);
  text_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  text_->setAccessibleName(tr("Message"));
  auto* close = new QToolButton(this);
  close->setText(QStringLiteral("\u2715"));
  close->setAutoRaise(true);
  close->setAccessibleName(tr("Dismiss the message"));
  row_ = new QHBoxLayout(this);
  row_->setContentsMargins(10, 4, 4, 4);
  row_->addWidget(text_, 1);
  row_->addWidget(close);
  connect(close, &QToolButton::clicked, this, &QWidget::hide);
  hide();
}

void MessageBar::showMessage(const QString& message) { showText(message, Tone::problem); }

void MessageBar::showNote(const QString& note) { showText(note, Tone::note); }

void MessageBar::showOffer(const QString& question, const std::vector<Choice>& choices) {
  showText(question, Tone::note);
  for (const Choice& choice : choices) {
    auto* button = new QPushButton(choice.text, this);
    connect(button, &QPushButton::clicked, this, [this, run = choice.run] {
      hide();
      run();  // may show the next
    });
    row_->insertWidget(row_->count() - 1, button);
    choices_.push_back(button);
  }
}

// They may be under way to call this.
void MessageBar::removeChoices() {
  for (QAbstractButton* button : choices_) {
    button->hide();
    button->deleteLater();
  }
  choices_.clear();
}

void MessageBar::showText(const QString& text, Tone tone) {
  removeChoices();
  QPalette colours = palette();
  colours.setColor(QPalette::WindowText, ink(tone == Tone::problem ? Ink::capacity : Ink::text, palette()));
  text_->setPalette(colours);
  text_->setText(text);
  setVisible(!text.isEmpty());
}

QString MessageBar::message() const { return isHidden() ? QString() : text_->text(); }

}  // namespace gui
