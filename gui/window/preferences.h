// What the program remembers between two runs, with typed keys: never results, never parts of a project.
#pragma once

#include <QByteArray>
#include <QSettings>
#include <QStringList>

#include "gui/look/theme.h"

namespace gui {

class Preferences {
 public:
  Scheme scheme() const;
  void setScheme(Scheme scheme);

  QByteArray geometry() const { return settings_.value(geometry_key).toByteArray(); }
  QByteArray layout() const { return settings_.value(layout_key).toByteArray(); }
  void setWindow(const QByteArray& geometry, const QByteArray& layout);

  // Newest first; files that are gone are left out.
  QStringList recentFiles() const;
  void addRecentFile(const QString& path);

  // The project of the last run; empty for the example.
  QString lastFile() const { return settings_.value(last_file_key).toString(); }
  void setLastFile(const QString& path) { settings_.setValue(last_file_key, path); }

 private:
  static constexpr QLatin1String scheme_key{"look/scheme"};
  static constexpr QLatin1String geometry_key{"window/geometry"};
  static constexpr QLatin1String layout_key{"window/layout"};
  static constexpr QLatin1String recent_key{"files/recent"};
  static constexpr QLatin1String last_file_key{"files/last"};

  QSettings settings_;
};

}  // namespace gui
