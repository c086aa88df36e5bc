#include "gui/window/preferences.h"

#include <QFileInfo>

namespace gui {

namespace {
constexpr qsizetype most_recent_files = 10;
}

Scheme Preferences::scheme() const {
  const QString name = settings_.value(scheme_key).toString();
  if (name == QLatin1String("light")) return Scheme::light;
  if (name == QLatin1String("dark")) return Scheme::dark;
  return Scheme::system;
}

void Preferences::setScheme(Scheme scheme) {
  settings_.setValue(scheme_key, scheme == Scheme::light  ? QStringLiteral("light")
                                 : scheme == Scheme::dark ? QStringLiteral("dark")
                                                          : QStringLiteral("system"));
}

void Preferences::setWindow(const QByteArray& geometry, const QByteArray& layout) {
  settings_.setValue(geometry_key, geometry);
  settings_.setValue(layout_key, layout);
}

QStringList Preferences::recentFiles() const {
  QStringList files = settings_.value(recent_key).toStringList();
  files.removeIf([](const QString& path) { return !QFileInfo::exists(path); });
  return files;
}

void Preferences::addRecentFile(const QString& path) {
  const QString absolute = QFileInfo(path).absoluteFilePath();
  QStringList files = recentFiles();
  files.removeAll(absolute);
  files.prepend(absolute);
  if (files.size() > most_recent_files) files.resize(most_recent_files);
  settings_.setValue(recent_key, files);
}

}  // namespace gui
