// The links of a cluster as the simulator's flows meet them: what each is, what it carries, how it is called.
//
// One direction each.  A switch that never blocks has no link of its own; leaves have one bundle of uplinks
// and one of downlinks, or single ones when flows are hashed onto them (Spine::hashed), and none at all when
// the fabric cannot be short of bandwidth.  Knows nothing of SimGrid.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "costmodel/base/index.h"
#include "costmodel/price/cluster_map.h"
#include "costmodel/price/fabric.h"

namespace simulator {

using LinkId = costmodel::Index<struct LinkTag>;

enum class LinkKind : std::uint8_t {
  gpu_out,    // a GPU to its node: NVLink port, PCIe lanes
  gpu_in,     // the node to a GPU
  gpu_pair,   // mesh: one GPU straight to one other
  bridge,     // pcie: one socket to the others
  nic_out,    // a network card to its leaf
  nic_in,     // the leaf to a network card
  leaf_up,    // a leaf to the spine
  leaf_down,  // the spine to a leaf
};
constexpr int link_kind_count = 8;
std::string_view name_of(LinkKind kind);
// Whether it belongs to the network between nodes.
constexpr bool is_network(LinkKind kind) { return kind >= LinkKind::nic_out; }

// How messages find a way through the spine.
enum class Spine : std::uint8_t {
  even,    // spread over all uplinks of the leaf: adaptive routing, packet spraying
  hashed,  // ECMP: each pair of GPUs keeps one uplink, chosen by a hash
};

struct Link {
  LinkKind kind = LinkKind::gpu_out;
  bool failed = false;
  costmodel::BytesPerSecond capacity;
};

class LinkTable {
 public:
  // Keeps a reference: the map must outlive the table.
  LinkTable(const costmodel::ClusterMap& map, Spine spine);

  std::size_t size() const { return links_.size(); }
  const Link& operator[](LinkId id) const { return links_[id.at()]; }
  // "node3.gpu5.out", "node3.gpu1-gpu2", "node3.socket0.bridge", "node3.nic2.in", "leaf0.rail3.up",
  // "leaf0.rail3.up.spine2"
  std::string name(LinkId id) const;

  LinkId gpu_out(const costmodel::Place& p) const { return at(p.node, 0, p.local); }
  LinkId gpu_in(const costmodel::Place& p) const { return at(p.node, 1, p.local); }
  LinkId nic_out(int node, int nic) const { return at(node, 2, nic); }
  LinkId nic_in(int node, int nic) const { return at(node, 3, nic); }
  std::optional<LinkId> bridge(const costmodel::Place& from) const;                            // pcie
  std::optional<LinkId> pair(const costmodel::Place& from, const costmodel::Place& to) const;  // mesh
  int spines() const { return spines_; }  // 0: no leaf links; uplinks of one leaf otherwise
  LinkId leaf_up(const costmodel::Place& p, int spine) const { return leaf_link(p, spine, 0); }
  LinkId leaf_down(const costmodel::Place& p, int spine) const { return leaf_link(p, spine, 1); }

  Spine spine() const { return spine_; }
  const costmodel::Fabric& fabric() const { return fabric_; }
  const costmodel::ClusterMap& map() const { return *map_; }

  // Links whose name matches: `*` stands for anything, "node3" and "node3.nic2" for all links below them.
  // Throws Error when none does, with names that exist.
  std::vector<LinkId> matching(const std::string& pattern) const;
  // What a GPU of a mesh sends and takes in all together is never more than its pair links carry.
  void degrade(LinkId id, double factor);
  void fail(LinkId id);

 private:
  struct NodeLinks {
    std::int32_t first = 0;  // gpu_out of GPU 0
    std::int32_t gpus = 0, nics = 0, sockets = 0, pairs = 0;
    std::int32_t part(int which) const;  // offset of gpu_out, gpu_in, nic_out, nic_in, bridge, pair
  };
  LinkId at(int node, int part, int index) const {
    const NodeLinks& links = nodes_[static_cast<std::size_t>(node)];
    return LinkId(links.first + links.part(part) + index);
  }
  LinkId leaf_link(const costmodel::Place& p, int spine, int down) const {
    const std::int32_t leaf = static_cast<std::int32_t>(fabric_.leaf(p));
    return LinkId(first_leaf_link_ + (leaf * spines_ + spine) * 2 + down);
  }
  std::size_t node_of(LinkId id) const;
  void limit_ports(LinkId pair);
  void add(LinkKind kind, costmodel::BytesPerSecond capacity, int count);
  void add_node(const costmodel::NodeSpec& node);
  void add_leaves();

  const costmodel::ClusterMap* map_;
  costmodel::Fabric fabric_;
  Spine spine_;
  std::vector<Link> links_;
  std::vector<NodeLinks> nodes_;
  std::int32_t first_leaf_link_ = 0;
  int spines_ = 0;
};

}  // namespace simulator
