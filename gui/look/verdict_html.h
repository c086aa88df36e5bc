// The verdict as rich text: the sentence with its numbers as links to their figures, why, and what would
// change it.  All words come from the cost model's verdict; here they are only laid out.
#pragma once

#include <QPalette>
#include <QString>
#include <QStringList>

#include "gui/document/evaluation.h"

namespace gui {

struct VerdictHtml {
  QString headline;
  QString details;      // how the plan works, what it keeps
  QStringList why;      // sentences as rich text; the plan that loses is a link, "cause:3" the third report
  QStringList changes;  // flips, ties, the longest sequence
  QString tie;          // short: "tie with ulysses 64"; empty when there is none
  QString plain;        // headline and reasons, for the clipboard
};

VerdictHtml verdictHtml(const Evaluation& evaluation, const QPalette& palette);

}  // namespace gui
