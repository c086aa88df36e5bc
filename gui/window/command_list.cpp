#include "gui/window/command_list.h"

#include <QAction>
#include <QCoreApplication>
#include <algorithm>
#include <array>

#include "gui/document/scenario_fields.h"

namespace gui {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("gui", text); }

// Short words for fields, beside their keys and labels.
struct ShortWord {
  const char* word;
  const char* key;
};
constexpr std::array short_words{ShortWord{"seq", "sequence"},           ShortWord{"nic", "nic_bandwidth"},
                                 ShortWord{"link", "link_bandwidth"},    ShortWord{"free", "memory_reserve"},
                                 ShortWord{"reserve", "memory_reserve"}, ShortWord{"hbm", "memory"}};

const Field* fieldNamed(const QString& word) {
  for (const ShortWord& known : short_words)
    if (word.compare(QLatin1String(known.word), Qt::CaseInsensitive) == 0) return findField(known.key);
  for (const Field& field : scenarioFields())
    if (word.compare(QString::fromStdString(field.key), Qt::CaseInsensitive) == 0 ||
        field.label.compare(word, Qt::CaseInsensitive) == 0)
      return &field;
  return nullptr;
}

// Letters of `typed` in order inside `title`: 0 does not match, higher is better.
int score(const QString& title, const QString& typed) {
  if (typed.isEmpty()) return 1;
  if (title.startsWith(typed, Qt::CaseInsensitive)) return 100;
  if (title.contains(QLatin1Char(' ') + typed, Qt::CaseInsensitive)) return 80;
  if (title.contains(typed, Qt::CaseInsensitive)) return 60;
  qsizetype at = 0;
  for (const QChar c : typed) {
    at = title.indexOf(c, at, Qt::CaseInsensitive);
    if (at < 0) return 0;
    ++at;
  }
  return 20;
}

QString titleOf(const QAction& action) {
  QString text = action.text();
  text.remove(QLatin1Char('&'));
  const QString menu = action.property("menuTitle").toString();
  return menu.isEmpty() ? text : menu + QStringLiteral(": ") + text;
}

void addShortCommands(QList<PaletteCommand>& commands, const CommandTargets& targets, const QString& typed) {
  const qsizetype space = typed.indexOf(QLatin1Char(' '));
  const QString word = typed.left(space);
  const QString rest = space < 0 ? QString() : typed.mid(space + 1).trimmed();
  const bool plan = word.compare(QLatin1String("plan"), Qt::CaseInsensitive) == 0;
  const bool baseline = word.compare(QLatin1String("baseline"), Qt::CaseInsensitive) == 0;
  if (plan || baseline) {
    for (const QString& name : targets.plans) {
      if (!name.contains(rest, Qt::CaseInsensitive)) continue;
      const auto& choose = plan ? targets.choose_plan : targets.choose_baseline;
      const PaletteCommand command{plan ? tr("Show plan: %1").arg(name) : tr("Baseline: %1").arg(name),
                                   {},
                                   [choose, name] { choose(name.toStdString()); }};
      if (name.compare(rest, Qt::CaseInsensitive) == 0)
        commands.prepend(command);
      else
        commands.append(command);
    }
    return;
  }
  const Field* field = space < 0 ? nullptr : fieldNamed(word);
  if (field == nullptr || rest.isEmpty()) return;
  const std::string key = field->key;
  commands.append({QStringLiteral("%1: %2").arg(field->label, rest), field->help,
                   [set = targets.set_field, key, value = rest.toStdString()] { set(key, value); }});
}

}  // namespace

QList<PaletteCommand> paletteCommands(const CommandTargets& targets, const QString& typed) {
  QList<PaletteCommand> commands;
  const QString text = typed.trimmed();
  addShortCommands(commands, targets, text);
  struct Scored {
    int score;
    QAction* action;
  };
  std::vector<Scored> found;
  for (QAction* action : targets.actions)
    if (const int points = score(titleOf(*action), text); points > 0 && action->isEnabled())
      found.push_back({points, action});
  std::stable_sort(found.begin(), found.end(),
                   [](const Scored& a, const Scored& b) { return a.score > b.score; });
  for (const Scored& entry : found)
    commands.append({titleOf(*entry.action), entry.action->shortcut().toString(QKeySequence::NativeText),
                     [action = entry.action] { action->trigger(); }});
  return commands;
}

}  // namespace gui
