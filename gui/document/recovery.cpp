#include "gui/document/recovery.h"

#include <QDir>
#include <QFile>
#include <QSaveFile>
#include <QStandardPaths>
#include <QUuid>
#include <nlohmann/json.hpp>

namespace gui {

namespace {

constexpr int moment_ms = 300;
// Of the file's form: {"ringside_recovery": 1, "path", "title", "text", "saved_text"}.
constexpr const char* version_key = "ringside_recovery";
constexpr int version = 1;

QString lockOf(const QString& file) { return file + QStringLiteral(".lock"); }

std::optional<RecoveredProject> readRecovered(const QString& path) {
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) return std::nullopt;
  const QByteArray bytes = file.readAll();
  const auto json = nlohmann::json::parse(bytes.begin(), bytes.end(), nullptr, false);
  if (!json.is_object() || json.value(version_key, nlohmann::json()) != version) return std::nullopt;
  for (const char* key : {"path", "title", "text", "saved_text"})
    if (!json.contains(key) || !json[key].is_string()) return std::nullopt;
  return RecoveredProject{path, QString::fromStdString(json["path"].get<std::string>()),
                          QString::fromStdString(json["title"].get<std::string>()),
                          json["text"].get<std::string>(), json["saved_text"].get<std::string>()};
}

}  // namespace

Recovery::Recovery(Project& project, QString folder, QObject* parent)
    : QObject(parent),
      project_(project),
      folder_(std::move(folder)),
      file_(QDir(folder_).filePath(QUuid::createUuid().toString(QUuid::WithoutBraces) +
                                   QStringLiteral(".json"))),
      lock_(lockOf(file_)) {
  lock_.setStaleLockTime(0);  // it is as long as the program runs
  soon_.setSingleShot(true);
  soon_.setInterval(moment_ms);
  connect(&soon_, &QTimer::timeout, this, &Recovery::writeNow);
  connect(&project_, &Project::changed, this, &Recovery::note);
  connect(&project_, &Project::fileChanged, this, &Recovery::note);
  connect(&project_.undoStack(), &QUndoStack::cleanChanged, this, &Recovery::note);
}

Recovery::~Recovery() { removeOwn(); }

QString Recovery::usualFolder() {
  return QDir(QStandardPaths::writableLocation(QStandardPaths::AppLocalDataLocation))
      .filePath(QStringLiteral("recovery"));
}

void Recovery::note() {
  if (project_.undoStack().isClean())
    removeOwn();
  else if (!soon_.isActive())
    soon_.start();
}

void Recovery::writeNow() {
  soon_.stop();
  if (project_.undoStack().isClean()) return;
  QDir().mkpath(folder_);
  // Without a lock the file would be offered to others: better none.
  if (!lock_.isLocked() && !lock_.tryLock()) return;
  const nlohmann::json json{{version_key, version},
                            {"path", project_.path().toStdString()},
                            {"title", project_.title().toStdString()},
                            {"text", project_.document().text},
                            {"saved_text", project_.lastSaved().text}};
  QSaveFile file(file_);
  // Text that is not UTF-8 was refused when it was read.
  if (file.open(QIODevice::WriteOnly) && file.write(QByteArray::fromStdString(json.dump(1))) >= 0)
    file.commit();
}

void Recovery::removeOwn() {
  soon_.stop();
  QFile::remove(file_);
  lock_.unlock();
}

std::vector<RecoveredProject> Recovery::found() const {
  std::vector<RecoveredProject> list;
  const QDir folder(folder_);
  for (const QString& name : folder.entryList({QStringLiteral("*.json")}, QDir::Files, QDir::Time)) {
    const QString path = folder.filePath(name);
    QLockFile lock(lockOf(path));
    lock.setStaleLockTime(0);
    if (path == file_ || !lock.tryLock(0)) continue;  // of a program that runs
    if (const auto recovered = readRecovered(path)) list.push_back(*recovered);
  }
  return list;
}

Problem Recovery::restore(const RecoveredProject& recovered) {
  if (!project_.undoStack().isClean())
    return tr("Save or undo the present changes first; those of %1 are offered again at the next start.")
        .arg(recovered.title);
  if (Problem problem =
          project_.restore(recovered.path, recovered.title, recovered.saved_text, recovered.text))
    return problem;
  writeNow();
  discard(recovered);
  return std::nullopt;
}

void Recovery::discard(const RecoveredProject& recovered) { QFile::remove(recovered.file); }

}  // namespace gui
