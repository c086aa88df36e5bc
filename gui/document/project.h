// The document: the text of one scenario file with everything that was changed in it, undoable.  The only
// mutable state of the program that a file remembers; views read it and listen.
#pragma once

#include <QObject>
#include <QString>
#include <QUndoStack>
#include <optional>
#include <string>

#include "costmodel/spec/scenario_edit.h"

namespace gui {

// What is wrong with a file or a value, for a person.
using Problem = std::optional<QString>;

class Project : public QObject {
  Q_OBJECT

 public:
  explicit Project(QObject* parent = nullptr);

  const costmodel::ScenarioDocument& document() const { return document_; }
  const costmodel::Scenario& scenario() const { return document_.scenario; }
  const costmodel::ScenarioDocument& lastSaved() const { return saved_; }
  // Grows with every change; results of older revisions are stale.
  int revision() const { return revision_; }
  // Empty for the example and for what was never saved.
  const QString& path() const { return path_; }
  QString title() const;
  QUndoStack& undoStack() { return undo_; }
  const QUndoStack& undoStack() const { return undo_; }

  // On a problem the present project stays as it is.
  Problem open(const QString& path);
  Problem openExample();
  Problem openText(const std::string& toml, const QString& name);
  Problem save(const QString& path);
  // A project whose edits were not saved: opened from its file, or from `saved_text` where there is none,
  // with the edits as one step of undo.
  Problem restore(const QString& path, const QString& title, const std::string& saved_text,
                  const std::string& text);

  // Sets a field of scenario_fields.h from text as a person types it; arithmetic allowed.  On a problem
  // nothing changes.  Edits of one field that follow each other are one step of undo.
  Problem setField(const std::string& key, const std::string& text);
  // The same while somebody still types: what is not a value yet is no mistake, and nobody is told.
  Problem tryField(const std::string& key, const std::string& text);
  // Back to the value of the file.
  Problem revertField(const std::string& key);

 Q_SIGNALS:
  void changed();                                                // the scenario
  void fileChanged();                                            // the path
  void fieldFailed(const QString& key, const QString& message);  // its last valid value stays

 private:
  friend class EditField;
  void become(costmodel::ScenarioDocument document);
  void load(costmodel::ScenarioDocument document, const QString& path);

  costmodel::ScenarioDocument document_;
  costmodel::ScenarioDocument saved_;
  QString path_;
  QUndoStack undo_;
  int revision_ = 0;
};

// "file:line:column: key: message", as the command line prints it.
QString problemText(const std::exception& error);

}  // namespace gui
