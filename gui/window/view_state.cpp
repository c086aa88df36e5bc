#include "gui/window/view_state.h"

#include <QCryptographicHash>
#include <QSettings>
#include <QStringList>

namespace gui {

namespace {

constexpr qsizetype most_views = 30;
constexpr QLatin1String group{"views"};
constexpr QLatin1String order_key{"order"};

// A path has characters that a key must not have.
QString nameOf(const QString& project) {
  return QString::fromLatin1(
      QCryptographicHash::hash(project.toUtf8(), QCryptographicHash::Sha1).toHex().left(16));
}

double shareOf(const QVariant& value, double otherwise) {
  bool ok = false;
  const double share = value.toDouble(&ok);
  return ok && share >= 0 && share <= 1 ? share : otherwise;
}

}  // namespace

std::optional<ViewState> storedView(const QString& project) {
  QSettings settings;
  settings.beginGroup(group);
  const QString name = nameOf(project);
  if (!settings.value(order_key).toStringList().contains(name)) return std::nullopt;
  settings.beginGroup(name);
  ViewState state;
  state.layout = settings.value(QLatin1String("layout")).toByteArray();
  state.current = settings.value(QLatin1String("current")).toString();
  state.baseline = settings.value(QLatin1String("baseline")).toString();
  state.current_family = settings.value(QLatin1String("currentFamily")).toString();
  state.baseline_family = settings.value(QLatin1String("baselineFamily")).toString();
  state.from = shareOf(settings.value(QLatin1String("from")), 0);
  state.to = shareOf(settings.value(QLatin1String("to")), 1);
  if (state.to <= state.from) {
    state.from = 0;
    state.to = 1;
  }
  return state;
}

void storeView(const QString& project, const ViewState& state) {
  QSettings settings;
  settings.beginGroup(group);
  const QString name = nameOf(project);
  QStringList order = settings.value(order_key).toStringList();
  order.removeAll(name);
  order.prepend(name);
  while (order.size() > most_views) settings.remove(order.takeLast());
  settings.setValue(order_key, order);
  settings.beginGroup(name);
  settings.setValue(QLatin1String("layout"), state.layout);
  settings.setValue(QLatin1String("current"), state.current);
  settings.setValue(QLatin1String("baseline"), state.baseline);
  settings.setValue(QLatin1String("currentFamily"), state.current_family);
  settings.setValue(QLatin1String("baselineFamily"), state.baseline_family);
  settings.setValue(QLatin1String("from"), state.from);
  settings.setValue(QLatin1String("to"), state.to);
}

}  // namespace gui
