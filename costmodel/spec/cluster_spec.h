// The machine: GPUs in nodes, the link inside a node, network cards, the fabric between nodes.
//
// A node is one scale-up domain (8 GPUs on an NVSwitch, 72 in an NVL72 rack).  Nodes may differ: a cluster is
// a list of node groups.  Bandwidths are usable ones, per direction, in B/s; alpha is the time of an empty
// message.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "costmodel/base/index.h"
#include "costmodel/base/provenance.h"
#include "costmodel/base/units.h"

namespace costmodel {

// One GPU.
struct DeviceSpec {
  std::string name;                     // "a100-sxm-80gb"; built-in calibrations are found by it
  Sourced<int> multiprocessors;         // SMs or compute units
  Sourced<FlopsPerSecond> tensor_rate;  // dense bf16/fp16 matrix rate
  Sourced<FlopsPerSecond> fp8_rate;     // dense fp8 matrix rate; 0 when the device has none
  Sourced<FlopsPerSecond> vector_rate;  // fp32 outside the matrix units
  Sourced<Bytes> memory;                // usable device memory
  Sourced<BytesPerSecond> memory_bandwidth;
};

// Dense matrix rate for elements of that many bytes: one byte is fp8; fp32 goes through the matrix units as
// TF32, at half the 16-bit rate; a device whose vector rate is as high has no such units, and one rate.
// Formula 3.13.
FlopsPerSecond matrix_rate(const DeviceSpec& device, double element);

enum class ScaleUpKind {
  nvlink_switch,  // any peer gets the GPU's whole bandwidth
  mesh,           // one link per pair of GPUs: a single peer gets one link only
  pcie,           // through PCIe switches and the host; a bridge joins the sockets
};

// The link inside a node.
struct ScaleUpSpec {
  ScaleUpKind kind = ScaleUpKind::nvlink_switch;
  Sourced<BytesPerSecond> per_gpu;   // what one GPU sends to all peers together
  Sourced<BytesPerSecond> one_peer;  // what it sends to one peer; equals per_gpu behind a switch
  Sourced<Seconds> alpha;
  int gpus_per_socket = 0;  // pcie: GPUs behind one socket; 0 = all behind one
  std::optional<Sourced<BytesPerSecond>>
      socket_bridge;  // pcie: shared by all transfers from one socket to the other
};

// Network cards of a node.  GPU g uses card g x nics / gpus, so cards may be shared between GPUs.
struct ScaleOutSpec {
  int nics = 0;  // per node; 0 = the node has no network
  Sourced<BytesPerSecond> nic_bandwidth;
  Sourced<Seconds> alpha;
};

struct NodeSpec {
  int gpus = 0;
  DeviceSpec device;
  ScaleUpSpec scale_up;
  ScaleOutSpec scale_out;
  Sourced<BytesPerSecond> host_link;  // GPU <-> host memory, per GPU and direction
};

struct NodeGroup {
  int count = 0;
  NodeSpec node;
};

enum class FabricKind {
  rail_optimised,  // card i of every node hangs on leaf i: same-rail traffic stays below the spine
  fat_tree,        // all cards of a node hang on the node's leaf
};

struct FabricSpec {
  FabricKind kind = FabricKind::rail_optimised;
  Sourced<double> oversubscription{1.0, Provenance::assumed,
                                   "non-blocking"};  // leaf downlinks / uplinks, >= 1
  int nodes_per_leaf = 32;
};

struct ClusterSpec {
  std::string name;
  std::vector<NodeGroup> groups;
  FabricSpec fabric;

  int node_count() const;
  int gpu_count() const;
  bool uniform() const { return groups.size() == 1; }  // all nodes alike
  const NodeSpec& node(NodeId id) const;               // throws std::out_of_range
};

}  // namespace costmodel
