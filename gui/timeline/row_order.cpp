#include "gui/timeline/row_order.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace gui {

namespace {

constexpr double rank_gap = 0.55, row_gap = 0.12;  // in rows

// The measured rank that stands under a predicted one.
const TraceRank* measured_rank(const TimelineTrace& measured, const TraceRank& predicted) {
  for (const TraceRank& candidate : measured.ranks)
    if (candidate.rank == predicted.rank) return &candidate;
  return nullptr;
}

// GPUs that are shown by node; empty where headers would say no more than the GPUs' own names.
std::map<int, int> gpus_by_node(const TimelineTrace& trace) {
  std::map<int, int> gpus;
  for (const TraceRank& rank : trace.ranks) ++gpus[rank.node];
  const bool worth = gpus.size() > 1 && !gpus.contains(no_node) && trace.ranks.size() > gpus.size();
  return worth ? gpus : std::map<int, int>();
}

}  // namespace

RowOrder::RowOrder(const PreparedTrace* predicted, const PreparedTrace* measured,
                   const std::set<int>& folded_nodes) {
  const PreparedTrace* leading = predicted ? predicted : measured;
  if (!leading) return;
  const TimelineTrace& trace = leading->trace;
  const std::map<int, int> gpus = gpus_by_node(trace);
  // The ranks of a node need not be neighbours: placements deal them out.
  std::vector<std::size_t> order(trace.ranks.size());
  std::iota(order.begin(), order.end(), 0);
  if (!gpus.empty())
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return trace.ranks[a].node < trace.ranks[b].node; });
  for (const std::size_t r : order) {
    const int node = trace.ranks[r].node;
    if (!gpus.empty() && (nodes.empty() || nodes.back().node != node))
      nodes.push_back({node, entries.size(), gpus.at(node),
                       folded_nodes.contains(node) ? Folding::folded : Folding::open});
    if (!nodes.empty() && nodes.back().folding == Folding::folded) continue;
    if (predicted)
      add_predicted(*predicted, measured, r);
    else
      add_measured(*measured, r);
  }
}

void RowOrder::open_rank(TraceLayer layer, std::size_t rank) {
  ranks.push_back({layer, rank, entries.size(), 0});
}

void RowOrder::add(TraceLayer layer, std::size_t row) {
  const bool first = ranks.back().entry_count++ == 0;
  const bool below_header = !nodes.empty() && nodes.back().first_entry == entries.size();
  const bool topmost = ranks.size() == 1 || below_header;
  entries.push_back({layer, row, first ? (topmost ? 0.0 : rank_gap) : row_gap});
}

void RowOrder::add_measured(const PreparedTrace& measured, std::size_t r) {
  const TraceRank& rank = measured.trace.ranks[r];
  open_rank(TraceLayer::measured, r);
  for (std::size_t i = 0; i < rank.row_count; ++i) add(TraceLayer::measured, rank.first_row + i);
}

void RowOrder::add_predicted(const PreparedTrace& predicted, const PreparedTrace* measured, std::size_t r) {
  const TraceRank& rank = predicted.trace.ranks[r];
  const TraceRank* under = measured ? measured_rank(measured->trace, rank) : nullptr;
  open_rank(TraceLayer::predicted, r);
  std::size_t next = 0;  // of the measured rows
  for (std::size_t i = 0; i < rank.row_count; ++i) {
    const std::size_t row = rank.first_row + i;
    add(TraceLayer::predicted, row);
    if (predicted.trace.rows[row].role != LaneRole::compute) continue;
    while (under && next < under->row_count &&
           measured->trace.rows[under->first_row + next].role == LaneRole::compute)
      add(TraceLayer::measured, under->first_row + next++);
  }
  while (under && next < under->row_count) add(TraceLayer::measured, under->first_row + next++);
}

}  // namespace gui
