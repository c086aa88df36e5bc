// The editor of the scenario: groups of fields that ask the project for changes and show what it has.
#pragma once

#include <QScrollArea>
#include <string>
#include <vector>

#include "gui/views/field_row.h"
#include "gui/views/limit_row.h"

namespace gui {

class ScenarioEditor : public QScrollArea {
  Q_OBJECT

 public:
  explicit ScenarioEditor(Project& project, QWidget* parent = nullptr);

  FieldRow* row(const std::string& key) const;        // nullptr when there is none
  LimitRow* limitRow(const std::string& axis) const;  // the same
  void focusField(const std::string& key);

 Q_SIGNALS:
  void problemChanged(const QString& problem);  // empty: all fields are right

 protected:
  QSize sizeHint() const override;
  void changeEvent(QEvent* event) override;

 private:
  void addLimits(QWidget& content);
  void refresh();

  Project& project_;
  std::vector<FieldRow*> rows_;
  std::vector<LimitRow*> limits_;
};

}  // namespace gui
