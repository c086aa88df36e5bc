// Which rows of a plan are shown, from top to bottom, and under which node they stand.
//
// Measured compute lies below what was predicted, other measured lanes after all predicted ones of the rank.
// Nodes have a header of their own where one of several shows more than one GPU; only then they fold.
#pragma once

#include <set>
#include <vector>

#include "gui/timeline/timeline_scene.h"

namespace gui {

struct RowOrder {
  RowOrder(const PreparedTrace* predicted, const PreparedTrace* measured, const std::set<int>& folded_nodes);

  struct Entry {
    TraceLayer layer;
    std::size_t row;
    double before;  // gap above, in rows
  };
  struct RankEntry {
    TraceLayer layer;
    std::size_t rank;
    std::size_t first_entry, entry_count;
  };
  struct NodeEntry {
    int node;
    std::size_t first_entry;  // its header stands above this one; folded nodes have none of their own
    int gpus;
    Folding folding;
  };
  std::vector<Entry> entries;
  std::vector<RankEntry> ranks;
  std::vector<NodeEntry> nodes;

 private:
  void open_rank(TraceLayer layer, std::size_t rank);
  void add(TraceLayer layer, std::size_t row);
  void add_measured(const PreparedTrace& measured, std::size_t r);
  void add_predicted(const PreparedTrace& predicted, const PreparedTrace* measured, std::size_t r);
};

}  // namespace gui
