// Which project the program starts with.  A file that is wrong is never passed over in silence: the example
// is shown and what is wrong is said.
#pragma once

#include "gui/document/project.h"

namespace gui {

struct StartPlaces {
  QString given;   // on the command line
  QString folder;  // that the program was started in; empty: not looked at
  QString last;    // the project of the last run
};

// The given file, else that of the folder, else the last one, else the example.  When there is a problem, the
// example is open.
Problem openFirst(Project& project, const StartPlaces& places);
// The problem, and what is seen instead.
QString shownInstead(const QString& problem);

}  // namespace gui
