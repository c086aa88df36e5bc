#include "costmodel/spec/cluster_spec.h"

#include <stdexcept>

namespace costmodel {

FlopsPerSecond matrix_rate(const DeviceSpec& device, double element) {
  if (element < 2 && device.fp8_rate.value.value > 0) return device.fp8_rate.value;
  if (element < 4) return device.tensor_rate.value;
  const bool matrix_units = device.vector_rate.value < device.tensor_rate.value;
  return device.tensor_rate.value * (matrix_units ? 0.5 : 1.0);
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
