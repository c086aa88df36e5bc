// Which slices belong to a part of the time that another view names: "matrix products", "stalls of the layer
// backward".  Exact for predicted traces; others do not know what their slices belong to.
#pragma once

#include <optional>
#include <string>

#include "costmodel/price/op_price.h"
#include "gui/timeline/timeline_trace.h"

namespace gui {

struct SliceFilter {
  enum class What : std::uint8_t { computing, waiting } what = What::computing;
  std::optional<costmodel::ComputePart> part;  // of computing; nothing: all of it
  std::string phase;                           // empty: every phase
};

// Of the figures that parts of the time have: "compute.items.elementwise", "phases.layer forward.exposed".
std::optional<SliceFilter> filterOfFigure(const std::string& figure);

bool passes(const SliceFilter& filter, const TimelineTrace& trace, const TraceRow& row, std::size_t slice);

}  // namespace gui
