// The fabric between nodes as its flows see it: which leaf a card hangs on, and what leads up from there.
//
// Leaves are numbered leaf by leaf; on a rail-optimised fabric every rail of a group of nodes has its own.
// Shared by the analytic shares of link_time.cpp and by the simulator's links, so that both mean the same
// machine.  Formula 3.6 of docs/model.md.
#pragma once

#include <algorithm>

#include "costmodel/price/cluster_map.h"

namespace costmodel {

class Fabric {
 public:
  explicit Fabric(const ClusterSpec& cluster);

  // Whether anything above the leaves can be short of bandwidth.
  bool oversubscribed() const { return fabric_->oversubscription.value > 1.0; }
  bool rails() const { return fabric_->kind == FabricKind::rail_optimised; }
  int nics() const { return nics_; }  // of the node that has most; at least 1
  int nodes() const { return nodes_; }
  int nodes_per_leaf() const { return std::max(1, fabric_->nodes_per_leaf); }
  int node_blocks() const { return (nodes_ + nodes_per_leaf() - 1) / nodes_per_leaf(); }
  int leaf_count() const { return node_blocks() * (rails() ? nics_ : 1); }

  // Nodes that share their leaves.
  int node_block(const Place& place) const { return place.node / nodes_per_leaf(); }
  std::size_t leaf(const Place& place) const {
    return static_cast<std::size_t>(node_block(place) * (rails() ? nics_ : 1) + (rails() ? place.nic : 0));
  }
  // Whether a message from one card to the other goes above the leaves.
  bool crosses_spine(const Place& a, const Place& b) const {
    return node_block(a) != node_block(b) || (rails() && a.nic != b.nic);
  }
  // Cards below the leaf of a place, and what its uplinks carry together: those cards over the
  // oversubscription.
  int cards_below(const Place& place, const NodeSpec& node) const;
  BytesPerSecond uplink_capacity(const Place& place, const NodeSpec& node) const;

 private:
  const FabricSpec* fabric_;
  int nodes_ = 0, nics_ = 1;
};

}  // namespace costmodel
