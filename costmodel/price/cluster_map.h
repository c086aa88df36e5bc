// Where each rank sits: its node, its place inside, its network card.  Built once per cluster, read by all
// prices.
#pragma once

#include <string>
#include <vector>

#include "costmodel/spec/scenario.h"

namespace costmodel {

enum class LinkClass : std::uint8_t { self, scale_up, scale_out };

struct Place {
  int node = 0;
  int local = 0;   // GPU of the node
  int nic = 0;     // card of the node that this GPU uses
  int group = 0;   // node group: ranks of one group have equal devices
  int socket = 0;  // pcie only
};

// "rank 8 (node 1, GPU 0)": the name in timelines and traces.
std::string rank_name(Rank rank, const Place& place);

class ClusterMap {
 public:
  // Keeps a reference to the cluster: it must outlive the map.
  ClusterMap(const ClusterSpec& cluster, const std::vector<DeviceId>& placement);

  const Place& place(Rank rank) const { return places_[rank.at()]; }
  const NodeSpec& node_of(Rank rank) const {
    return cluster_->groups[static_cast<std::size_t>(place(rank).group)].node;
  }
  const ClusterSpec& cluster() const { return *cluster_; }
  int rank_count() const { return static_cast<int>(places_.size()); }
  // All nodes alike and ranks in device order: then ranks that differ by whole nodes are alike.
  bool regular() const { return regular_; }
  LinkClass link_class(Rank a, Rank b) const;

 private:
  const ClusterSpec* cluster_;
  std::vector<Place> places_;
  bool regular_ = true;
};

}  // namespace costmodel
