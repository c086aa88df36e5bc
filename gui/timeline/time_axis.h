// Round times along an axis, with one unit for all of them.
#pragma once

#include <QString>
#include <vector>

#include "gui/timeline/range_stack.h"

namespace gui {

struct AxisTick {
  double at = 0;  // s
  QString text;
};

// At most `most` ticks, each at a multiple of 1, 2 or 5 times a power of ten.
std::vector<AxisTick> axis_ticks(const TimeRange& range, int most);

}  // namespace gui
