// Finding slices: the other end of a message, the next stall, the next match of a search, edges to snap to.
#pragma once

#include <optional>

#include "gui/timeline/timeline_layout.h"

namespace gui {

enum class Search : std::uint8_t { forward, backward };

const costmodel::TimelineSlice* described(const TimelineScene& scene, const SliceRef& ref);

// The send of a receive and the receive of a send, where its rank is shown.
std::optional<SliceRef> other_end(const TimelineScene& scene, const SliceRef& ref);

// The stall that begins next after (or before) the start of `from`, on the same GPU.
std::optional<SliceRef> next_stall(const TimelineScene& scene, const TimelineLayout& layout,
                                   const SliceRef& from, Search direction);
// The first (or last) stall that begins in a range, over all rows; of two at once the upper.
std::optional<SliceRef> stall_in(const TimelineScene& scene, const TimelineLayout& layout,
                                 const TimeRange& range, Search direction);
// The slice whose name has the text in it that begins next after (or before) a time, over all rows.
std::optional<SliceRef> next_match(const TimelineScene& scene, const TimelineLayout& layout,
                                   const QString& text, double after, Search direction);
// The longest stall of a plan, where rows show it; nothing when its GPUs never wait.
std::optional<SliceRef> longest_stall(const TimelineScene& scene, const TimelineLayout& layout,
                                      PlanSlot slot);
// In the rows that are shown.
std::size_t match_count(const TimelineScene& scene, const TimelineLayout& layout, const QString& text);

// The neighbour in the same row.
std::optional<SliceRef> neighbour(const TimelineScene& scene, const SliceRef& ref, Search direction);

// The edge of a slice of the row, nearest to t and within `reach`; else t.
double snapped(const TraceRow& row, double t, double reach);

}  // namespace gui
