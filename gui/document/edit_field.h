// One edit of one field as a step of undo.
#pragma once

#include <QUndoCommand>

#include "gui/document/project.h"

namespace gui {

class EditField : public QUndoCommand {
 public:
  EditField(Project& project, std::string key, costmodel::ScenarioDocument after, const QString& text);

  void undo() override { project_.become(before_); }
  void redo() override { project_.become(after_); }
  int id() const override { return 1; }
  // Dragging a slider is one step: the later edit of the same field replaces the earlier.
  bool mergeWith(const QUndoCommand* other) override;

 private:
  Project& project_;
  std::string key_;
  costmodel::ScenarioDocument before_;
  costmodel::ScenarioDocument after_;
};

}  // namespace gui
