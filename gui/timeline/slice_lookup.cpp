#include "gui/timeline/slice_lookup.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace gui {

namespace {

// The first slice of the row, in the direction, that begins beyond a time and passes the test.
template <class Test>
std::optional<std::size_t> find_in_row(const TraceRow& row, double after, Search direction,
                                       const Test& test) {
  std::size_t i = row.first_after(after);
  if (direction == Search::forward) {
    for (; i < row.size(); ++i)
      if (row.start(i) > after && test(i)) return i;
    return {};
  }
  for (i = std::min(i + 1, row.size()); i-- > 0;)
    if (row.start(i) < after && test(i)) return i;
  return {};
}

// Of all rows that pass `wanted`, the slice that comes first in the direction.
template <class Wanted, class Test>
std::optional<SliceRef> find_next(const TimelineScene& scene, const TimelineLayout& layout, double after,
                                  Search direction, const Wanted& wanted, const Test& test) {
  std::optional<SliceRef> best;
  double best_start = 0;
  for (const RowPlace& place : layout.rows) {
    const TimelineTrace& trace = scene.trace(place.slot, place.layer)->trace;
    const TraceRow& row = trace.rows[place.row];
    if (!wanted(place, row)) continue;
    const auto found = find_in_row(row, after, direction, [&](std::size_t i) { return test(trace, row, i); });
    if (!found) continue;
    const double start = row.start(*found);
    if (best && (direction == Search::forward ? start >= best_start : start <= best_start)) continue;
    best = SliceRef{place.slot, place.layer, place.row, *found};
    best_start = start;
  }
  return best;
}

bool any_row(const RowPlace&, const TraceRow&) { return true; }
bool is_stall(const TimelineTrace&, const TraceRow& row, std::size_t i) {
  return row.kind(i) == SliceKind::stall;
}

std::vector<bool> names_with(const TimelineTrace& trace, const QString& text) {
  std::vector<bool> hits(trace.names.size());
  for (std::size_t n = 0; n < hits.size(); ++n) hits[n] = trace.names[n].contains(text, Qt::CaseInsensitive);
  return hits;
}

}  // namespace

const costmodel::TimelineSlice* described(const TimelineScene& scene, const SliceRef& ref) {
  const TraceRow* row = scene.row(ref);
  const PreparedTrace* prepared = scene.trace(ref);
  if (!row || !prepared->trace.source || ref.slice >= row->origins.size()) return nullptr;
  const SliceOrigin& origin = row->origins[ref.slice];
  return &prepared->trace.source->phases[origin.phase].ranks[origin.rank].slices[origin.slice];
}

std::optional<SliceRef> other_end(const TimelineScene& scene, const SliceRef& ref) {
  using costmodel::Activity;
  const costmodel::TimelineSlice* slice = described(scene, ref);
  if (!slice || (slice->activity != Activity::send && slice->activity != Activity::receive)) return {};
  const LaneRole wanted = slice->activity == Activity::send ? LaneRole::receive : LaneRole::send;
  const TimelineTrace& trace = scene.trace(ref)->trace;
  const std::uint32_t phase = scene.row(ref)->origins[ref.slice].phase;
  for (std::size_t r = 0; r < trace.rows.size(); ++r) {
    const TraceRow& row = trace.rows[r];
    if (row.role != wanted || row.rank != slice->peer.value) continue;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const SliceRef candidate{ref.slot, ref.layer, r, i};
      const costmodel::TimelineSlice* other = described(scene, candidate);
      if (other && other->op == slice->op && row.origins[i].phase == phase) return candidate;
    }
  }
  return {};
}

std::optional<SliceRef> next_stall(const TimelineScene& scene, const TimelineLayout& layout,
                                   const SliceRef& from, Search direction) {
  const TraceRow* own = scene.row(from);
  if (!own || from.slice >= own->size()) return {};
  const auto same_gpu = [&](const RowPlace& place, const TraceRow& row) {
    return place.slot == from.slot && place.layer == from.layer && row.rank == own->rank;
  };
  return find_next(scene, layout, own->start(from.slice), direction, same_gpu, is_stall);
}

std::optional<SliceRef> stall_in(const TimelineScene& scene, const TimelineLayout& layout,
                                 const TimeRange& range, Search direction) {
  const double edge = 1e-12 * scene.range.total();
  const auto found =
      find_next(scene, layout, direction == Search::forward ? range.from - edge : range.to + edge, direction,
                any_row, is_stall);
  if (!found) return {};
  const double start = scene.row(*found)->start(found->slice);
  return start >= range.from && start <= range.to ? found : std::nullopt;
}

std::optional<SliceRef> next_match(const TimelineScene& scene, const TimelineLayout& layout,
                                   const QString& text, double after, Search direction) {
  if (text.isEmpty()) return {};
  return find_next(scene, layout, after, direction, any_row,
                   [&](const TimelineTrace& trace, const TraceRow& row, std::size_t i) {
                     return trace.names[row.name(i)].contains(text, Qt::CaseInsensitive);
                   });
}

std::optional<SliceRef> longest_stall(const TimelineScene& scene, const TimelineLayout& layout,
                                      PlanSlot slot) {
  std::optional<SliceRef> longest;
  double most = 0;
  for (const RowPlace& place : layout.rows) {
    if (place.slot != slot || place.layer != TraceLayer::predicted) continue;
    const TraceRow& row = scene.trace(place.slot, place.layer)->trace.rows[place.row];
    if (row.role != LaneRole::compute) continue;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const double length = row.end(i) - row.start(i);
      if (row.kind(i) != SliceKind::stall || length <= most) continue;
      most = length;
      longest = SliceRef{place.slot, place.layer, place.row, i};
    }
  }
  return longest;
}

std::size_t match_count(const TimelineScene& scene, const TimelineLayout& layout, const QString& text) {
  if (text.isEmpty()) return 0;
  std::map<const TimelineTrace*, std::vector<bool>> hits;
  std::size_t count = 0;
  for (const RowPlace& place : layout.rows) {
    const TimelineTrace& trace = scene.trace(place.slot, place.layer)->trace;
    const auto [known, is_new] = hits.try_emplace(&trace);
    if (is_new) known->second = names_with(trace, text);
    const TraceRow& row = trace.rows[place.row];
    for (std::size_t i = 0; i < row.size(); ++i) count += known->second[row.name(i)] ? 1U : 0U;
  }
  return count;
}

std::optional<SliceRef> neighbour(const TimelineScene& scene, const SliceRef& ref, Search direction) {
  const TraceRow* row = scene.row(ref);
  if (!row) return {};
  SliceRef next = ref;
  if (direction == Search::forward) {
    if (ref.slice + 1 >= row->size()) return {};
    ++next.slice;
  } else {
    if (ref.slice == 0) return {};
    --next.slice;
  }
  return next;
}

double snapped(const TraceRow& row, double t, double reach) {
  double nearest = t, distance = reach;
  const auto consider = [&](double edge) {
    if (std::abs(edge - t) > distance) return;
    distance = std::abs(edge - t);
    nearest = edge;
  };
  for (std::size_t i = row.first_after(t - reach); i < row.size() && row.start(i) <= t + reach; ++i) {
    consider(row.start(i));
    consider(row.end(i));
  }
  return nearest;
}

}  // namespace gui
