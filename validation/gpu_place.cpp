#include "validation/gpu_place.h"

#include <string>

#include "validation/shared_rate.h"

namespace validation {

using costmodel::Bytes;
using costmodel::NodeSpec;
using costmodel::Scenario;

Scenario on_one_gpu(const Scenario& scenario, int ranks) {
  Scenario here = scenario;
  const std::string why = "; " + std::to_string(ranks) + " ranks on one GPU";
  const double share = 1.0 / ranks;
  for (costmodel::NodeGroup& group : here.cluster.groups) {
    NodeSpec& node = group.node;
    if (ranks > 1) {
      share_rate(node.device.tensor_rate, share, why);
      share_rate(node.device.vector_rate, share, why);
      share_rate(node.device.memory_bandwidth, share, why);
    }
    node.scale_up.kind = costmodel::ScaleUpKind::nvlink_switch;
    node.scale_up.per_gpu = node.device.memory_bandwidth;
    share_rate(node.scale_up.per_gpu, 0.5, "; a copy inside the memory reads and writes");
    node.scale_up.one_peer = node.scale_up.per_gpu;
  }
  here.cluster.name += " as ranks on one GPU";
  return here;
}

Bytes rank_memory_of_gpu(Bytes memory, int ranks) { return memory * (0.7 / ranks); }

}  // namespace validation
