// Paints one row of slices into a band.
//
// Few slices are drawn as what they are, with hatching, outlines and names.  Where there are more than one in
// four pixels every pixel column is split by the shares of its kinds, and the part of a pixel that is left
// over goes to the next column: painted areas stay true shares of time at every zoom.
#pragma once

#include <QPainter>

#include "gui/timeline/column_shares.h"
#include "gui/timeline/range_stack.h"
#include "gui/timeline/slice_style.h"

namespace gui {

enum class RowDetail : std::uint8_t { slices, columns };
// How a row of so many pixels is painted.
RowDetail row_detail(const TraceRow& row, const TimeRange& range, double pixels);

void paint_row(QPainter& painter, const QRectF& band, const TraceRow& row, const SharePyramid& pyramid,
               const std::vector<QString>& names, const TimeRange& range, const SliceStyle& style);

}  // namespace gui
