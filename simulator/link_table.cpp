#include "simulator/link_table.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "costmodel/base/error.h"
#include "costmodel/base/in_quotes.h"

namespace simulator {

using costmodel::BytesPerSecond;
using costmodel::NodeSpec;
using costmodel::Place;
using costmodel::ScaleUpKind;

std::string_view name_of(LinkKind kind) {
  constexpr std::array<std::string_view, link_kind_count> names{
      "GPU out", "GPU in", "GPU pair", "socket bridge", "NIC out", "NIC in", "leaf up", "leaf down"};
  return names.at(static_cast<std::size_t>(kind));
}

std::int32_t LinkTable::NodeLinks::part(int which) const {
  switch (which) {
    case 0: return 0;
    case 1: return gpus;
    case 2: return 2 * gpus;
    case 3: return 2 * gpus + nics;
    case 4: return 2 * gpus + 2 * nics;
    default: return 2 * gpus + 2 * nics + sockets;
  }
}

void LinkTable::add(LinkKind kind, BytesPerSecond capacity, int count) {
  links_.insert(links_.end(), static_cast<std::size_t>(count), Link{kind, false, capacity});
}

void LinkTable::add_node(const NodeSpec& node) {
  NodeLinks place;
  place.first = static_cast<std::int32_t>(links_.size());
  place.gpus = node.gpus;
  place.nics = node.scale_out.nics;
  const int per_socket = node.scale_up.gpus_per_socket;
  if (node.scale_up.socket_bridge && per_socket > 0 && per_socket < node.gpus)
    place.sockets = (node.gpus + per_socket - 1) / per_socket;
  if (node.scale_up.kind == ScaleUpKind::mesh) place.pairs = node.gpus * node.gpus;
  add(LinkKind::gpu_out, node.scale_up.per_gpu.value, place.gpus);
  add(LinkKind::gpu_in, node.scale_up.per_gpu.value, place.gpus);
  add(LinkKind::nic_out, node.scale_out.nic_bandwidth.value, place.nics);
  add(LinkKind::nic_in, node.scale_out.nic_bandwidth.value, place.nics);
  if (place.sockets > 0) add(LinkKind::bridge, node.scale_up.socket_bridge->value, place.sockets);
  add(LinkKind::gpu_pair, node.scale_up.one_peer.value, place.pairs);
  nodes_.push_back(place);
}

void LinkTable::add_leaves() {
  first_leaf_link_ = static_cast<std::int32_t>(links_.size());
  if (fabric_.nodes() < 2 || (!fabric_.oversubscribed() && spine_ == Spine::even)) return;
  if (fabric_.leaf_count() < 2) return;
  const NodeSpec& node = map_->cluster().groups.front().node;
  const double oversubscription = map_->cluster().fabric.oversubscription.value;
  spines_ = 1;
  if (spine_ == Spine::hashed)
    spines_ = std::max(1, static_cast<int>(std::ceil(fabric_.cards_below({}, node) / oversubscription)));
  for (int leaf = 0; leaf < fabric_.leaf_count(); ++leaf) {
    Place below;
    const int rails = fabric_.rails() ? fabric_.nics() : 1;
    below.node = leaf / rails * fabric_.nodes_per_leaf();
    below.nic = leaf % rails;
    const NodeSpec& first = map_->cluster().node(costmodel::NodeId(below.node));
    const BytesPerSecond capacity = fabric_.uplink_capacity(below, first) / spines_;
    for (int spine = 0; spine < spines_; ++spine) {
      add(LinkKind::leaf_up, capacity, 1);
      add(LinkKind::leaf_down, capacity, 1);
    }
  }
}

LinkTable::LinkTable(const costmodel::ClusterMap& map, Spine spine)
    : map_(&map), fabric_(map.cluster()), spine_(spine) {
  nodes_.reserve(static_cast<std::size_t>(fabric_.nodes()));
  for (const costmodel::NodeGroup& group : map.cluster().groups)
    for (int n = 0; n < group.count; ++n) add_node(group.node);
  add_leaves();
}

std::optional<LinkId> LinkTable::bridge(const Place& from) const {
  const NodeLinks& node = nodes_[static_cast<std::size_t>(from.node)];
  if (node.sockets == 0) return std::nullopt;
  return at(from.node, 4, from.socket);
}

std::optional<LinkId> LinkTable::pair(const Place& from, const Place& to) const {
  const NodeLinks& node = nodes_[static_cast<std::size_t>(from.node)];
  if (node.pairs == 0) return std::nullopt;
  return at(from.node, 5, from.local * node.gpus + to.local);
}

std::size_t LinkTable::node_of(LinkId id) const {
  const auto next = std::upper_bound(nodes_.begin(), nodes_.end(), id.value,
                                     [](std::int32_t value, const NodeLinks& n) { return value < n.first; });
  return static_cast<std::size_t>(next - nodes_.begin() - 1);
}

void LinkTable::degrade(LinkId id, double factor) {
  Link& link = links_[id.at()];
  link.capacity = link.capacity * factor;
  if (link.kind == LinkKind::gpu_pair) limit_ports(id);
}

void LinkTable::fail(LinkId id) {
  Link& link = links_[id.at()];
  link.failed = true;
  if (link.kind == LinkKind::gpu_pair) limit_ports(id);
}

// Of the two GPUs that a pair link joins: the ports carry the share of their bandwidth that the share of the
// pair links is that is left.
void LinkTable::limit_ports(LinkId pair) {
  const std::size_t number = node_of(pair);
  const NodeLinks& node = nodes_[number];
  const std::int32_t index = pair.value - node.first - node.part(5);
  const costmodel::ScaleUpSpec& spec =
      map_->cluster().node(costmodel::NodeId(static_cast<std::int64_t>(number))).scale_up;
  const auto limit = [&](int part, std::int32_t gpu, std::int32_t step, std::int32_t first) {
    double left = 0;
    for (std::int32_t other = 0; other < node.gpus; ++other) {
      const Link& link = links_[static_cast<std::size_t>(node.first + node.part(5) + first + other * step)];
      if (other != gpu && !link.failed) left += link.capacity / spec.one_peer.value;
    }
    Link& port = links_[static_cast<std::size_t>(node.first + node.part(part) + gpu)];
    port.capacity = std::min(port.capacity, spec.per_gpu.value * (left / (node.gpus - 1)));
    port.failed |= left <= 0;
  };
  const std::int32_t from = index / node.gpus, to = index % node.gpus;
  limit(0, from, 1, from * node.gpus);
  limit(1, to, node.gpus, to);
}

std::string LinkTable::name(LinkId id) const {
  if (id.value >= first_leaf_link_) {
    const int index = id.value - first_leaf_link_, leaf = index / (2 * spines_);
    const int rails = fabric_.rails() ? fabric_.nics() : 1;
    std::string text = fmt::format("leaf{}", leaf / rails);
    if (fabric_.rails()) text += fmt::format(".rail{}", leaf % rails);
    text += index % 2 == 0 ? ".up" : ".down";
    if (spine_ == Spine::hashed) text += fmt::format(".spine{}", index / 2 % spines_);
    return text;
  }
  const std::size_t number = node_of(id);
  const NodeLinks& node = nodes_[number];
  const std::int32_t index = id.value - node.first;
  const auto within = [&](int part) { return index - node.part(part); };
  switch ((*this)[id].kind) {
    case LinkKind::gpu_out: return fmt::format("node{}.gpu{}.out", number, within(0));
    case LinkKind::gpu_in: return fmt::format("node{}.gpu{}.in", number, within(1));
    case LinkKind::nic_out: return fmt::format("node{}.nic{}.out", number, within(2));
    case LinkKind::nic_in: return fmt::format("node{}.nic{}.in", number, within(3));
    case LinkKind::bridge: return fmt::format("node{}.socket{}.bridge", number, within(4));
    default: return fmt::format("node{}.gpu{}-gpu{}", number, within(5) / node.gpus, within(5) % node.gpus);
  }
}

std::vector<LinkId> LinkTable::matching(const std::string& pattern) const {
  std::vector<LinkId> found;
  const std::string below = pattern + ".*";
  for (std::size_t i = 0; i < links_.size(); ++i) {
    const LinkId id(static_cast<std::int64_t>(i));
    const std::string text = name(id);
    if (fnmatch(pattern.c_str(), text.c_str(), 0) == 0 || fnmatch(below.c_str(), text.c_str(), 0) == 0)
      found.push_back(id);
  }
  if (found.empty())
    throw costmodel::Error("no link is called " + costmodel::in_quotes(pattern) +
                           "; links of this cluster are called " + name(LinkId(0)) + " to " +
                           name(LinkId(static_cast<std::int64_t>(links_.size()) - 1)) +
                           ", and * stands for anything");
  return found;
}

}  // namespace simulator
