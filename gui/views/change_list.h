// What differs from the file, field by field: "Sequence: 256K, was 128K".  A click goes to the field.
#pragma once

#include <QLabel>

#include "gui/document/project.h"

namespace gui {

class ChangeList : public QLabel {
  Q_OBJECT

 public:
  explicit ChangeList(Project& project, QWidget* parent = nullptr);

 Q_SIGNALS:
  void fieldChosen(const std::string& key);

 private:
  void refresh();

  Project& project_;
};

}  // namespace gui
