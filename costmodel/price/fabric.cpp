#include "costmodel/price/fabric.h"

#include <algorithm>

namespace costmodel {

Fabric::Fabric(const ClusterSpec& cluster) : fabric_(&cluster.fabric), nodes_(cluster.node_count()) {
  for (const NodeGroup& group : cluster.groups) nics_ = std::max(nics_, group.node.scale_out.nics);
}

int Fabric::cards_below(const Place& place, const NodeSpec& node) const {
  const int first = node_block(place) * nodes_per_leaf();
  return std::min(nodes_per_leaf(), nodes_ - first) * (rails() ? 1 : node.scale_out.nics);
}

BytesPerSecond Fabric::uplink_capacity(const Place& place, const NodeSpec& node) const {
  return node.scale_out.nic_bandwidth.value *
         (static_cast<double>(cards_below(place, node)) / fabric_->oversubscription.value);
}

}  // namespace costmodel
