// What one window works on.
#pragma once

#include "gui/document/evaluator.h"
#include "gui/document/project.h"
#include "gui/document/selection.h"

namespace gui {

struct Session {
  Project project;
  Evaluator evaluator{project};
  Selection selection{evaluator};
};

}  // namespace gui
