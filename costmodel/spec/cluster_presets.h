// Clusters by name: one node of a well-known kind with its links, cards and fabric.
//
// A preset has one node; a scenario sets the number of nodes.  Bandwidths are what programs reach, not what
// the connector is rated for; every one carries its provenance and a short source.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "costmodel/spec/cluster_spec.h"

namespace costmodel {

const std::vector<ClusterSpec>& cluster_presets();
const ClusterSpec* find_cluster_preset(std::string_view name);  // nullptr when there is none
std::vector<std::string> cluster_preset_names();

// Time of an empty message as NCCL's latency model has it: what a node that is spelled out without latencies
// gets.
Sourced<Seconds> usual_link_latency(ScaleUpKind kind);
Sourced<Seconds> usual_nic_latency();

// GPU <-> host memory for a PCIe connection of this rated bandwidth: three quarters of it, assumed.
Sourced<BytesPerSecond> usual_host_link(BytesPerSecond rated);

}  // namespace costmodel
