// A figure as a tooltip: value and interval, formula, formula with numbers, what went in and where it came
// from.  The same object that --explain prints.
#pragma once

#include <QString>

#include "costmodel/answer/plan_report.h"

namespace gui {

QString figureHtml(const costmodel::Figure& figure, const QString& plan);
// Of the figure of that name; the reason why there is none for a plan that was never priced.
QString figureHtml(const costmodel::PlanReport& report, std::string_view name);

// "memory.items.K,V kept" -> "K,V kept"; "traffic.inter" -> "sent over the network".
QString figureTitle(const std::string& name);

}  // namespace gui
