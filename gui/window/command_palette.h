// Ctrl+K: one line that finds and runs everything the program can do.
#pragma once

#include <QDialog>

#include "gui/window/command_list.h"

class QLineEdit;
class QListWidget;

namespace gui {

class CommandPalette : public QDialog {
  Q_OBJECT

 public:
  CommandPalette(CommandTargets targets, QWidget* parent);

  QLineEdit& line() { return *line_; }

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void refresh();
  void runCurrent();

  CommandTargets targets_;
  QList<PaletteCommand> commands_;
  QLineEdit* line_;
  QListWidget* list_;
};

}  // namespace gui
