#include "gui/document/project.h"

#include <QFile>
#include <QFileInfo>
#include <QSaveFile>
#include <exception>

#include "costmodel/base/error.h"
#include "gui/document/edit_field.h"
#include "gui/document/field_arithmetic.h"
#include "gui/document/scenario_fields.h"

// A static library's resources are linked only when somebody asks for them, outside of any namespace.
static void linkResources() { Q_INIT_RESOURCE(resources); }

namespace gui {

namespace {

constexpr auto example_resource = ":/example.toml";

// Runs what may throw; the message of what it threw.
template <class Action>
Problem attempt(Action action) {
  try {
    action();
  } catch (const std::exception& error) {
    return problemText(error);
  }
  return std::nullopt;
}

// Without "--sequence: ", which names a flag: the field shows where the problem is.
QString fieldProblem(const std::exception& error) {
  if (const auto* of_input = dynamic_cast<const costmodel::Error*>(&error))
    return QString::fromStdString(of_input->message());
  return QString::fromUtf8(error.what());
}

}  // namespace

QString problemText(const std::exception& error) { return QString::fromUtf8(error.what()); }

Project::Project(QObject* parent) : QObject(parent) { linkResources(); }

QString Project::title() const {
  if (path_.isEmpty()) return QString::fromStdString(document_.file_name);
  return QFileInfo(path_).fileName();
}

void Project::become(costmodel::ScenarioDocument document) {
  document_ = std::move(document);
  ++revision_;
  Q_EMIT changed();
}

void Project::load(costmodel::ScenarioDocument document, const QString& path) {
  path_ = path;
  saved_ = document;
  undo_.clear();
  become(std::move(document));
  Q_EMIT fileChanged();
}

Problem Project::open(const QString& path) {
  return attempt([&] { load(costmodel::read_document(path.toStdString()), path); });
}

Problem Project::openExample() {
  QFile file(QString::fromLatin1(example_resource));
  if (!file.open(QIODevice::ReadOnly)) return tr("The example is missing from the program.");
  return openText(file.readAll().toStdString(), tr("example project"));
}

Problem Project::openText(const std::string& toml, const QString& name) {
  return attempt([&] { load(costmodel::parse_document(toml, name.toStdString(), ""), {}); });
}

Problem Project::save(const QString& path) {
  // Writes beside the file and renames: a full disk leaves the old file whole.
  QSaveFile file(path);
  const QByteArray text = QByteArray::fromStdString(document_.text);
  if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size() || !file.commit())
    return tr("%1 cannot be written: %2").arg(path, file.errorString());
  path_ = path;
  document_.file_name = path.toStdString();
  document_.directory = QFileInfo(path).path().toStdString();
  saved_ = document_;
  undo_.setClean();
  Q_EMIT fileChanged();
  return std::nullopt;
}

Problem Project::restore(const QString& path, const QString& title, const std::string& saved_text,
                         const std::string& text) {
  return attempt([&] {
    const bool has_file = !path.isEmpty() && QFileInfo::exists(path);
    costmodel::ScenarioDocument before =
        has_file ? costmodel::read_document(path.toStdString())
                 : costmodel::parse_document(saved_text, title.toStdString(),
                                             QFileInfo(path).path().toStdString());
    costmodel::ScenarioDocument after = costmodel::parse_document(text, before.file_name, before.directory);
    load(std::move(before), path);
    undo_.push(new EditField(*this, "", std::move(after), tr("recovered changes")));
  });
}

Problem Project::setField(const std::string& key, const std::string& text) {
  Problem problem = tryField(key, text);
  if (problem) Q_EMIT fieldFailed(QString::fromStdString(key), *problem);
  return problem;
}

Problem Project::tryField(const std::string& key, const std::string& text) {
  const Field* field = findField(key);
  try {
    if (field == nullptr) throw costmodel::Error("there is no field \"" + key + "\"");
    const std::string value = evaluatedText(field->kind, text, fieldText(scenario(), key));
    if (value == fieldText(scenario(), key)) return std::nullopt;
    costmodel::ScenarioDocument edited = costmodel::edited_document(document_, key, value);
    if (edited.text == document_.text) return std::nullopt;
    undo_.push(new EditField(*this, key, std::move(edited),
                             tr("%1 %2").arg(field->label, QString::fromStdString(value))));
    return std::nullopt;
  } catch (const std::exception& error) {
    return fieldProblem(error);
  }
}

Problem Project::revertField(const std::string& key) {
  return setField(key, fieldText(saved_.scenario, key));
}

}  // namespace gui
