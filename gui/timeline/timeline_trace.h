// A trace to look at: slices of time on rows, one row per GPU and lane.
//
// Rows hold their slices as arrays (17 bytes a slice), in order of time and without overlap, so that a
// million of them are searched and painted quickly.  Where a trace was predicted by the model, `source` has
// all that is known about it; measured and simulated traces carry names and times alone.
#pragma once

#include <QString>
#include <cstdint>
#include <memory>
#include <vector>

#include "costmodel/price/plan_timeline.h"

namespace gui {

enum class SliceKind : std::uint8_t {
  attention,
  kernel,  // other compute: matrix products, passes over memory
  stall,   // the compute lane has nothing to run
  send_inside,
  send_network,
  receive_inside,
  receive_network,
  message,  // an exchange whose two sides are not told apart
  collective_inside,
  collective_network,
  host,
};
constexpr int slice_kind_count = 11;
QString name_of(SliceKind kind);

enum class LaneRole : std::uint8_t { compute, send, receive, message, collective, host };
QString name_of(LaneRole role);

enum class Critical : std::uint8_t { no, yes };

// Where a slice of a predicted trace is described: numbers of the phase, the rank and the slice in its
// source.
struct SliceOrigin {
  std::uint32_t phase = 0, rank = 0, slice = 0;
};

class TraceRow {
 public:
  TraceRow(int row_rank, LaneRole row_role, QString row_label)
      : rank(row_rank), role(row_role), label(std::move(row_label)) {}

  // Slices are added in order; one that begins before the last has ended shortens that.
  void add(double start, double end, SliceKind kind, Critical critical, std::uint32_t name);
  void reserve(std::size_t count);

  std::size_t size() const { return starts_.size(); }
  double start(std::size_t i) const { return starts_[i]; }
  double end(std::size_t i) const { return starts_[i] + static_cast<double>(lengths_[i]); }
  SliceKind kind(std::size_t i) const { return static_cast<SliceKind>(bits_[i] & kind_bits); }
  Critical critical(std::size_t i) const {
    return (bits_[i] & critical_bit) != 0 ? Critical::yes : Critical::no;
  }
  std::uint32_t name(std::size_t i) const { return names_[i]; }
  // The first slice that ends after t; size() when none does.
  std::size_t first_after(double t) const;

  int rank = 0;
  LaneRole role = LaneRole::compute;
  QString label;                     // of the lane: "send"
  std::vector<SliceOrigin> origins;  // of each slice, or empty

 private:
  static constexpr std::uint8_t critical_bit = 0x80, kind_bits = 0x0f;
  std::vector<double> starts_;
  std::vector<float> lengths_;
  std::vector<std::uint32_t> names_;
  std::vector<std::uint8_t> bits_;
};

constexpr int no_node = -1;  // not known, or any

// A rank's rows lie together, compute first.
struct TraceRank {
  int rank = 0;
  QString label;      // "n0 g7", "each GPU"
  QString full_name;  // "rank 7 (node 0, GPU 7)"
  std::size_t first_row = 0, row_count = 0;
  int node = no_node;
};

struct PhaseMark {
  double at = 0;  // s: where it begins
  QString text;   // "layer backward, 32 times"
};

struct TimelineTrace {
  QString plan;         // "ring 32"
  QString extent;       // "one layer, forward and backward; 32 times a step"
  QString shown_ranks;  // "4 of 32 GPUs"
  double duration = 0;  // s
  std::vector<TraceRow> rows;
  std::vector<TraceRank> ranks;
  std::vector<QString> names;  // of slices
  std::vector<PhaseMark> phases;
  std::shared_ptr<const costmodel::PlanTimeline> source;  // of a predicted trace

  bool empty() const { return rows.empty(); }
  std::size_t slice_count() const;
};

}  // namespace gui
