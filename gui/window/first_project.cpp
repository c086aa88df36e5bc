#include "gui/window/first_project.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>

namespace gui {

namespace {

// Folders of other people's tools hold one *.toml too.
bool looksLikeScenario(const QString& path) {
  constexpr qint64 enough = 64 * 1024;
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) return false;
  static const QRegularExpression table(QStringLiteral("^\\s*\\[(model|cluster|workload)\\]"),
                                        QRegularExpression::MultilineOption);
  return QString::fromUtf8(file.read(enough)).contains(table);
}

// scenario.toml, else the only *.toml when it is one; empty when there is none.
QString scenarioIn(const QString& folder) {
  const QDir here(folder);
  const QStringList files = here.entryList({QStringLiteral("*.toml")}, QDir::Files);
  const QString usual = QStringLiteral("scenario.toml");
  if (files.contains(usual)) return here.absoluteFilePath(usual);
  if (files.size() != 1) return {};
  const QString only = here.absoluteFilePath(files.front());
  return looksLikeScenario(only) ? only : QString();
}

}  // namespace

QString shownInstead(const QString& problem) {
  return QCoreApplication::translate("gui", "%1\nThe example is shown instead.").arg(problem);
}

Problem openFirst(Project& project, const StartPlaces& places) {
  QString path = places.given;
  if (path.isEmpty() && !places.folder.isEmpty()) {
    path = scenarioIn(places.folder);
    if (path.isEmpty() && QFileInfo::exists(places.last)) path = places.last;
  }
  if (path.isEmpty()) return project.openExample();
  Problem problem = project.open(path);
  if (!problem) return std::nullopt;
  if (const Problem none = project.openExample()) return none;
  return problem;
}

}  // namespace gui
