#include "gui/window/command_palette.h"

#include <QApplication>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QVBoxLayout>

namespace gui {

namespace {
constexpr int width_of_palette = 560;
constexpr int height_of_palette = 360;
}  // namespace

CommandPalette::CommandPalette(CommandTargets targets, QWidget* parent)
    : QDialog(parent, Qt::Dialog | Qt::FramelessWindowHint),
      targets_(std::move(targets)),
      line_(new QLineEdit(this)),
      list_(new QListWidget(this)) {
  setObjectName(QStringLiteral("commandPalette"));
  setWindowTitle(tr("Commands"));
  setAttribute(Qt::WA_DeleteOnClose);
  line_->setPlaceholderText(tr("A command, or: seq 1M, nodes 16, nic 50 GB/s, plan burst, baseline ring"));
  line_->setAccessibleName(tr("Command"));
  list_->setAccessibleName(tr("Commands that match"));
  list_->setFocusPolicy(Qt::NoFocus);
  auto* layout = new QVBoxLayout(this);
  layout->addWidget(line_);
  layout->addWidget(list_);
  resize(width_of_palette, height_of_palette);
  if (parent != nullptr)
    move(parent->mapToGlobal(QPoint((parent->width() - width_of_palette) / 2, parent->height() / 8)));
  line_->installEventFilter(this);
  connect(line_, &QLineEdit::textChanged, this, &CommandPalette::refresh);
  connect(line_, &QLineEdit::returnPressed, this, &CommandPalette::runCurrent);
  connect(list_, &QListWidget::itemClicked, this, &CommandPalette::runCurrent);
  refresh();
  line_->setFocus();
}

void CommandPalette::refresh() {
  commands_ = paletteCommands(targets_, line_->text());
  list_->clear();
  for (const PaletteCommand& command : commands_)
    list_->addItem(command.hint.isEmpty() ? command.title
                                          : QStringLiteral("%1    %2").arg(command.title, command.hint));
  list_->setCurrentRow(0);
}

void CommandPalette::runCurrent() {
  const int row = list_->currentRow();
  if (row < 0 || row >= commands_.size()) return;
  const std::function<void()> run = commands_[row].run;
  accept();
  run();
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event) {
  if (watched == line_ && event->type() == QEvent::KeyPress) {
    const int key = static_cast<QKeyEvent*>(event)->key();
    if (key == Qt::Key_Up || key == Qt::Key_Down || key == Qt::Key_PageUp || key == Qt::Key_PageDown) {
      QApplication::sendEvent(list_, event);
      return true;
    }
  }
  return QDialog::eventFilter(watched, event);
}

}  // namespace gui
