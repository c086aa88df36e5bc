#include "costmodel/spec/cluster_spec.h"

#include <stdexcept>

namespace costmodel {

FlopsPerSecond matrix_rate(const DeviceSpec& device, double element) {
  return device.tensor_rate.value * (element < 4 ? 1.0 : 0.5);
}

int ClusterSpec::node_count() const {
  int nodes = 0;
  for (const NodeGroup& group : groups) nodes += group.count;
  return nodes;
}

int ClusterSpec::gpu_count() const {
  int gpus = 0;
  for (const NodeGroup& group : groups) gpus += group.count * group.node.gpus;
  return gpus;
}

const NodeSpec& ClusterSpec::node(NodeId id) const {
  int before = 0;
  for (const NodeGroup& group : groups) {
    if (id.value < before + group.count) return group.node;
    before += group.count;
  }
  throw std::out_of_range("ClusterSpec::node: no such node");
}

}  // namespace costmodel
