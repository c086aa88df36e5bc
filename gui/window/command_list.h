// What the command palette offers for what was typed: actions of the menus by their words, and short commands
// that change the scenario ("seq 1M", "nodes 16") or the selection ("baseline ring").
#pragma once

#include <QList>
#include <QString>
#include <functional>
#include <string>

class QAction;

namespace gui {

struct PaletteCommand {
  QString title;  // "Sequence: 1M"
  QString hint;   // shortcut, or what is expected
  std::function<void()> run;
};

// What short commands act on.
struct CommandTargets {
  QList<QAction*> actions;
  QStringList plans;  // names and aliases that "plan" and "baseline" take
  std::function<void(const std::string& key, const std::string& value)> set_field;
  std::function<void(const std::string& name)> choose_plan;
  std::function<void(const std::string& name)> choose_baseline;
};

// Best match first; everything for an empty text.
QList<PaletteCommand> paletteCommands(const CommandTargets& targets, const QString& typed);

}  // namespace gui
