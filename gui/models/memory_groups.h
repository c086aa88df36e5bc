// The buffers of a plan's peak in a few groups that a person can compare: what the model itself takes, what
// is kept for the backward pass, what passes through.
#pragma once

#include <QString>
#include <vector>

#include "costmodel/answer/plan_report.h"

namespace gui {

enum class MemoryGroup { weights, gradients, optimizer, kept, gathered, working, reserve, count };

struct MemoryShare {
  MemoryGroup group = MemoryGroup::working;
  double bytes = 0;
  std::vector<const costmodel::Figure*> items;  // of the report, largest first
};

// Groups with something in them, in the order of the enum.  Their sum is the figure memory.peak.
std::vector<MemoryShare> memoryShares(const costmodel::PlanReport& report);
QString memoryGroupName(MemoryGroup group);
QString memoryShareHtml(const MemoryShare& share, const QString& plan);

}  // namespace gui
