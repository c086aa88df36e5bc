// One limit of the search in the scenario editor: a box per kind of plan, the dot that goes back to the
// file's.
#pragma once

#include <QWidget>
#include <vector>

#include "gui/document/scenario_limits.h"

class QCheckBox;
class QLabel;
class QToolButton;

namespace gui {

class LimitRow : public QWidget {
  Q_OBJECT

 public:
  LimitRow(Project& project, const LimitField& field, QWidget* parent = nullptr);

  const LimitField& field() const { return field_; }
  QCheckBox& box(const std::string& value) const;  // of a choice of the field
  QToolButton& revertDot() const { return *revert_; }
  QString problem() const;
  void refresh();

 private:
  void choose();
  void setProblem(const QString& problem);

  Project& project_;
  const LimitField& field_;
  std::vector<QCheckBox*> boxes_;  // in the order of the choices
  QToolButton* revert_;
  QLabel* problem_;
};

}  // namespace gui
