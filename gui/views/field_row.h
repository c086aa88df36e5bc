// One field of the scenario editor: its line or list, a slider, the dot that reverts it, and the reason when
// what was typed is wrong.
#pragma once

#include <QWidget>

#include "gui/document/project.h"
#include "gui/document/scenario_fields.h"

class QComboBox;
class QLabel;
class QSlider;
class QToolButton;

namespace gui {

class QuantityEdit;

class FieldRow : public QWidget {
  Q_OBJECT

 public:
  FieldRow(Project& project, const Field& field, QWidget* parent = nullptr);

  const Field& field() const { return field_; }
  void refresh();
  void refreshDot();  // alone: what is being typed stays
  void setProblem(const QString& problem);
  QWidget* input() const;

 Q_SIGNALS:
  void settled();  // what was typed is right

 private:
  QWidget* makeInput();
  void ask(const QString& text);
  void sliderMoved(int position);
  int sliderPosition(double value) const;

  Project& project_;
  const Field& field_;
  QLabel* label_ = nullptr;
  QComboBox* list_ = nullptr;
  QuantityEdit* edit_ = nullptr;
  QSlider* slider_ = nullptr;
  QToolButton* revert_ = nullptr;
  QLabel* problem_ = nullptr;
  bool refreshing_ = false;
};

}  // namespace gui
