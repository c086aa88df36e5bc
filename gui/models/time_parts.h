// A plan's time as parts that add up to it: kinds of kernels, then what each phase exposes.  Every part is
// one figure of the report.
#pragma once

#include <QString>
#include <vector>

#include "costmodel/answer/plan_report.h"

namespace gui {

enum class PartKind { compute, exposed };

struct TimePart {
  PartKind kind = PartKind::compute;
  QString label;
  std::string figure;  // its name
  double seconds = 0;
};

// In the order of the report.
std::vector<TimePart> timeParts(const costmodel::PlanReport& report);

// The parts of both plans, each once; those under a thousandth of the longer time are left out together.
std::vector<TimePart> commonParts(const std::vector<TimePart>& a, const std::vector<TimePart>& b);
double secondsOf(const std::vector<TimePart>& parts, const std::string& figure);  // 0 when it is not there

}  // namespace gui
