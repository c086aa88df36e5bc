#include "gui/views/figure_popup.h"

#include <QFrame>
#include <QLabel>
#include <QPalette>
#include <QVBoxLayout>

namespace gui {

namespace {
constexpr int widest = 560;
}

void showFigurePopup(QWidget& parent, const QPoint& global, const QString& html) {
  auto* frame = new QFrame(&parent, Qt::Popup);
  frame->setAttribute(Qt::WA_DeleteOnClose);
  frame->setObjectName(QStringLiteral("figurePopup"));
  frame->setFrameShape(QFrame::StyledPanel);
  auto* label = new QLabel(html, frame);
  label->setTextFormat(Qt::RichText);
  label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  label->setWordWrap(true);
  label->setMaximumWidth(widest);
  label->setMinimumWidth(widest * 3 / 4);
  auto* layout = new QVBoxLayout(frame);
  layout->addWidget(label);
  frame->adjustSize();
  frame->move(global);
  frame->show();
  label->setFocus();
}

}  // namespace gui
