#include "gui/document/edit_field.h"

namespace gui {

EditField::EditField(Project& project, std::string key, costmodel::ScenarioDocument after,
                     const QString& text)
    : QUndoCommand(text),
      project_(project),
      key_(std::move(key)),
      before_(project.document()),
      after_(std::move(after)) {}

bool EditField::mergeWith(const QUndoCommand* other) {
  const auto* later = dynamic_cast<const EditField*>(other);
  if (later == nullptr || later->key_ != key_) return false;
  after_ = later->after_;
  setText(later->text());
  setObsolete(after_.text == before_.text);
  return true;
}

}  // namespace gui
