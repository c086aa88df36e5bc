// The slices that a filter lets through, as rows of their own with what makes them quick to paint: found
// once, when the filter is set, and not in every frame.
#pragma once

#include <memory>

#include "gui/timeline/prepared_trace.h"
#include "gui/timeline/slice_filter.h"

namespace gui {

// Rows as the trace has them, without its names, ranks and source.
std::shared_ptr<const PreparedTrace> filtered_rows(const TimelineTrace& trace, const SliceFilter& filter);

}  // namespace gui
