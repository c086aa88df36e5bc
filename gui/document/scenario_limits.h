// What the search may try, as the editor offers it: the limits of [search] that choose kinds of plans, and
// the changes of them that a verdict proposes.  Setting one is costmodel::limited_document, one step of undo.
#pragma once

#include <QString>
#include <string>
#include <vector>

#include "costmodel/answer/open_axes.h"
#include "gui/document/project.h"

namespace gui {

struct LimitChoice {
  std::string value;  // as the file has it
  QString label;
  QString help;
};

struct LimitField {
  std::string axis;  // of [search]
  QString label;
  std::vector<LimitChoice> choices;  // every value that the axis has
};

const std::vector<LimitField>& limitFields();

// The values that are allowed, in the order of the choices.
std::vector<std::string> allowedChoices(const costmodel::Scenario& scenario, const LimitField& field);
// "Ring, Hybrid"; "all".
QString limitText(const costmodel::Scenario& scenario, const LimitField& field);
// Why the limit has no meaning here; empty when it has.
QString limitObjection(const costmodel::Scenario& scenario, const LimitField& field);

// All choices take the limit out of the file, none are refused.
Problem setLimit(Project& project, const LimitField& field, const std::vector<std::string>& values);
Problem revertLimit(Project& project, const LimitField& field);

// Allows what makes the nearest plan fit.
Problem takeRemedy(Project& project, const costmodel::MemoryChange& change);

}  // namespace gui
