// How much of each pixel column of a row every kind of slice fills.
//
// The share pyramid answers where a pixel covers at least one of its finest bins; below that the visible
// slices are scanned.  Both give the same sums: no kind gains or loses time by being small.
#pragma once

#include <array>
#include <vector>

#include "gui/timeline/share_pyramid.h"

namespace gui {

struct ColumnShare {
  std::array<float, slice_kind_count> share{};  // of the column's time
  ShareFlags flags;
};

enum class ColumnSource { pyramid, scan };
// Which of the two answers for columns of so many seconds.
ColumnSource column_source(const SharePyramid& pyramid, double seconds_per_column);

// Columns of equal width from `from` to `to`; those outside of the trace stay empty.
void fill_columns(const TraceRow& row, const SharePyramid& pyramid, double from, double to,
                  std::vector<ColumnShare>& columns);
// One of the two ways, whatever the width (tests of the hand-over).
void fill_columns_by(ColumnSource source, const TraceRow& row, const SharePyramid& pyramid, double from,
                     double to, std::vector<ColumnShare>& columns);

}  // namespace gui
