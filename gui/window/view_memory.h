// Shows every project the way it was looked at last: stores that when the window closes or another project
// comes, and recalls it when the project is opened again.
#pragma once

#include <QObject>

#include "gui/window/view_state.h"

namespace gui {

class MainWindow;
struct Session;

class ViewMemory : public QObject {
  Q_OBJECT

 public:
  // Recalls at once what is known of the present project, but not over plans that the command line chose.
  ViewMemory(Session& session, MainWindow& window);

  void store();

 private:
  enum class Choices { keep, replace };
  void projectChanged();
  void recall(Choices choices);
  ViewState present() const;
  void choose(const ViewState& state, Choices choices);
  QString project() const;

  Session& session_;
  MainWindow& window_;
  QString shown_;         // the project that the views show
  bool awaited_ = false;  // its first evaluation is under way
};

}  // namespace gui
