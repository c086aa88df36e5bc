// The node of a scenario that an NCCL topology dump describes, with what had to be assumed said in words.
//
// The dump holds no memory size, no latencies and nothing of the fabric: those come from presets, marked as
// such.
#pragma once

#include <string>
#include <vector>

#include "costmodel/formats/nccl_topology_xml.h"
#include "costmodel/spec/cluster_spec.h"

namespace costmodel {

struct TopologyNode {
  NodeSpec node;
  Provenance device_provenance = Provenance::assumed;  // of the choice of the device preset
  std::string device_reason;                           // "PCI device 0x2330"
  std::vector<std::string> remarks;                    // sentences on what the node cannot say
};

// NVLink bandwidth = links x NCCL's per-link constant of the generation (nccl, src/graph/topo.h).
// `device` is a preset's name that replaces the guess; empty = guess.  Throws Error where no node can be
// made.
TopologyNode node_from_topology(const NcclTopology& topology, const std::string& device = {});

// A fragment for the [cluster] section of a scenario, with comments.
std::string topology_toml(const NcclTopology& topology, const TopologyNode& result);

}  // namespace costmodel
