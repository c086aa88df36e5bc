// A trace with what makes it quick to paint; made once, read by painters.
#pragma once

#include "gui/timeline/share_pyramid.h"

namespace gui {

struct PreparedTrace {
  explicit PreparedTrace(TimelineTrace given) : trace(std::move(given)) {
    pyramids.reserve(trace.rows.size());
    for (const TraceRow& row : trace.rows) pyramids.emplace_back(row, trace.duration);
  }

  TimelineTrace trace;
  std::vector<SharePyramid> pyramids;  // of each row
};

}  // namespace gui
