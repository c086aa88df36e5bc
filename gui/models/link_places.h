// Where links sit in the cluster: those of each GPU and each network card, node by node, and those of the
// leaves.  From the names that the simulator gives them; a link that carried nothing has no number.
#pragma once

#include "costmodel/spec/cluster_spec.h"
#include "gui/models/link_use.h"

namespace gui {

struct PortLinks {
  QString name;                      // "node3.gpu5", "leaf0.rail3"
  std::vector<std::size_t> out, in;  // of the LinkUse; up and down of a leaf
};

struct NodePlace {
  int node = 0;
  std::vector<PortLinks> gpus, nics;
  std::vector<PortLinks> bridges;  // between sockets, one direction each
};

struct LinkPlaces {
  std::vector<NodePlace> nodes;   // that were simulated
  std::vector<PortLinks> leaves;  // whose uplinks may be short of bandwidth
  double oversubscription = 1;    // of the fabric; at 1 nothing above the cards can be short of bandwidth
  int all_nodes = 0;              // of the cluster
  costmodel::ScaleUpKind inside = costmodel::ScaleUpKind::nvlink_switch;
};

// The first `simulated_ranks` GPUs; the others do the same.
LinkPlaces placesOf(const LinkUse& use, const costmodel::ClusterSpec& cluster, int simulated_ranks);

// What a link of that kind carries at most, and where the number comes from; nullptr for leaves.
const costmodel::Sourced<costmodel::BytesPerSecond>* bandwidthOf(const costmodel::ClusterSpec& cluster,
                                                                 const LinkRecord& link);

}  // namespace gui
