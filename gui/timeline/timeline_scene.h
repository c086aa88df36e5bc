// What a timeline shows: the traces, the visible range, and what the user points at.  Plain data; the view
// changes it, the painter reads it.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "gui/timeline/filtered_rows.h"
#include "gui/timeline/range_stack.h"

namespace gui {

enum class PlanSlot : std::uint8_t { upper, lower };
enum class TraceLayer : std::uint8_t { predicted, measured };
enum class Folding : std::uint8_t { open, folded };

struct SliceRef {
  PlanSlot slot = PlanSlot::upper;
  TraceLayer layer = TraceLayer::predicted;
  std::size_t row = 0, slice = 0;

  friend bool operator==(const SliceRef&, const SliceRef&) = default;
};

// A header that stands for the GPUs of a node.
struct NodeRef {
  PlanSlot slot = PlanSlot::upper;
  int node = 0;

  friend bool operator==(const NodeRef&, const NodeRef&) = default;
};

struct TimelineScene {
  // By slot; null where there is none.
  std::array<std::shared_ptr<const PreparedTrace>, 2> predicted, measured;
  RangeStack range;
  std::optional<SliceRef> hovered, selected;
  std::optional<TimeRange> marked;    // the ruler
  std::optional<TimeRange> dragged;   // being chosen
  std::optional<double> cursor;       // s: what another view points at
  QString search;                     // slices whose name has it stand out
  std::size_t matches = 0;            // that many
  std::optional<SliceFilter> filter;  // only these slices are shown at full strength
  std::array<std::shared_ptr<const PreparedTrace>, 2> passing;  // those of the predicted traces
  std::set<int> folded;                                         // nodes, the same in both plans
  std::optional<NodeRef> header;                                // that the keyboard is on

  const PreparedTrace* trace(PlanSlot slot, TraceLayer layer) const {
    return (layer == TraceLayer::predicted ? predicted : measured)[static_cast<std::size_t>(slot)].get();
  }
  const PreparedTrace* trace(const SliceRef& ref) const { return trace(ref.slot, ref.layer); }
  const TraceRow* row(const SliceRef& ref) const {
    const PreparedTrace* prepared = trace(ref);
    return prepared && ref.row < prepared->trace.rows.size() ? &prepared->trace.rows[ref.row] : nullptr;
  }
  bool empty() const { return !predicted[0] && !predicted[1] && !measured[0] && !measured[1]; }
  double longest() const;  // s
  // Sets `filter` and `passing`.
  void show_only(const std::optional<SliceFilter>& wanted);
};

}  // namespace gui
