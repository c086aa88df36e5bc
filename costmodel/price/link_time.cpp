#include "costmodel/price/link_time.h"

#include <algorithm>
#include <limits>
#include <map>
#include <vector>

#include "costmodel/price/fabric.h"

namespace costmodel {

namespace {

// How many flows of one operation meet in each shared resource.
class FlowCounts {
 public:
  explicit FlowCounts(const ClusterMap& map) : map_(map), fabric_(map.cluster()) {
    for (const NodeGroup& group : map.cluster().groups)
      if (group.node.scale_up.gpus_per_socket > 0)
        sockets_ = std::max(sockets_, (group.node.gpus + group.node.scale_up.gpus_per_socket - 1) /
                                          group.node.scale_up.gpus_per_socket);
    nic_out_.assign(static_cast<std::size_t>(fabric_.nodes() * fabric_.nics()), 0);
    nic_in_ = nic_out_;
    if (sockets_ > 1) bridge_.assign(static_cast<std::size_t>(fabric_.nodes() * sockets_), 0);
    if (fabric_.oversubscribed())
      uplink_.assign(static_cast<std::size_t>(fabric_.leaf_count()), 0), downlink_ = uplink_;
  }

  void add(Rank from, Rank to) {
    const Place& a = map_.place(from);
    const Place& b = map_.place(to);
    if (a.node == b.node) {
      if (sockets_ > 1 && a.socket != b.socket) ++bridge_[bridge_index(a)];
      return;
    }
    ++nic_out_[nic_index(a)];
    ++nic_in_[nic_index(b)];
    if (meets_uplinks(a, b)) ++uplink_[fabric_.leaf(a)], ++downlink_[fabric_.leaf(b)];
  }

  // What one flow gets: the smallest equal share along its way.
  BytesPerSecond share(Rank from, Rank to, bool one_peer) const {
    const Place& a = map_.place(from);
    const Place& b = map_.place(to);
    const NodeSpec& node = map_.node_of(from);
    if (a.node == b.node) {
      BytesPerSecond rate = one_peer ? node.scale_up.one_peer.value : node.scale_up.per_gpu.value;
      if (sockets_ > 1 && a.socket != b.socket && node.scale_up.socket_bridge)
        rate = std::min(rate, node.scale_up.socket_bridge->value / std::max(1, bridge_[bridge_index(a)]));
      return rate;
    }
    const NodeSpec& target = map_.node_of(to);
    BytesPerSecond rate = std::min(node.scale_out.nic_bandwidth.value / std::max(1, nic_out_[nic_index(a)]),
                                   target.scale_out.nic_bandwidth.value / std::max(1, nic_in_[nic_index(b)]));
    // Nothing leaves a GPU faster than its own link.
    rate = std::min(rate, node.scale_up.per_gpu.value);
    if (meets_uplinks(a, b)) {
      rate = std::min(rate, fabric_.uplink_capacity(a, node) / std::max(1, uplink_[fabric_.leaf(a)]));
      rate = std::min(rate, fabric_.uplink_capacity(b, target) / std::max(1, downlink_[fabric_.leaf(b)]));
    }
    return rate;
  }

 private:
  std::size_t nic_index(const Place& p) const {
    return static_cast<std::size_t>(p.node * fabric_.nics() + p.nic);
  }
  std::size_t bridge_index(const Place& p) const {
    return static_cast<std::size_t>(p.node * sockets_ + p.socket);
  }
  bool meets_uplinks(const Place& a, const Place& b) const {
    return fabric_.oversubscribed() && fabric_.crosses_spine(a, b);
  }

  const ClusterMap& map_;
  Fabric fabric_;
  int sockets_ = 1;
  std::vector<int> nic_out_, nic_in_, bridge_, uplink_, downlink_;
};

// Bytes that one GPU sends across the socket bridge come together with those of its socket.
Seconds bridge_time(const NodeSpec& node, Bytes per_gpu) {
  if (!node.scale_up.socket_bridge || node.scale_up.gpus_per_socket < 1) return Seconds(0);
  return per_gpu * static_cast<double>(node.scale_up.gpus_per_socket) / node.scale_up.socket_bridge->value;
}

}  // namespace

std::vector<ShiftEdge> shift_edges(const RankGrid& grid, RingShift shift, const ClusterMap& map) {
  const int ranks = grid.size();
  const auto receiver = [&](Rank rank) { return grid.rank(shifted(grid, grid.coordinates(rank), shift)); };
  FlowCounts flows(map);
  for (int r = 0; r < ranks; ++r) flows.add(Rank(r), receiver(Rank(r)));
  std::vector<ShiftEdge> edges(static_cast<std::size_t>(ranks));
  for (int r = 0; r < ranks; ++r) {
    const Rank from(r), to = receiver(from);
    ShiftEdge& edge = edges[from.at()];
    edge.link = map.link_class(from, to);
    if (edge.link == LinkClass::self) {
      edge.share = BytesPerSecond(std::numeric_limits<double>::infinity());
      continue;
    }
    const NodeSpec& node = map.node_of(from);
    edge.alpha = edge.link == LinkClass::scale_up ? node.scale_up.alpha.value : node.scale_out.alpha.value;
    edge.share = flows.share(from, to, true);
  }
  return edges;
}

void exchange_times(const Schedule& schedule, const Transfer& transfer, const ClusterMap& map,
                    std::vector<EdgeTime>& edges) {
  edges.clear();
  for (const ShiftEdge& edge : shift_edges(schedule.grid, transfer.shift, map))
    edges.push_back(edge.time(transfer.bytes));
}

const ShiftEdges& ShiftTable::of(const RankGrid& grid, RingShift shift) {
  const auto [place, is_new] = known_.try_emplace(
      {grid.tensor, grid.ulysses, grid.inner, grid.outer, grid.data, shift.outer, shift.inner});
  ShiftEdges& known = place->second;
  if (!is_new) return known;
  known.edges = shift_edges(grid, shift, *map_);
  const auto position = [&](std::size_t rank) {
    return static_cast<std::size_t>(
        grid.ring_position(grid.coordinates(Rank(static_cast<std::int64_t>(rank)))));
  };
  std::vector<ShiftEdge> of_position(static_cast<std::size_t>(grid.ring()));
  for (std::size_t r = known.edges.size(); r-- > 0;) of_position[position(r)] = known.edges[r];
  for (std::size_t r = 0; r < known.edges.size(); ++r)
    if (!(known.edges[r] == of_position[position(r)])) {
      known.extent = EdgeExtent::ranks;
      return known;
    }
  for (const ShiftEdge& edge : of_position)
    if (!(edge == of_position.front())) known.extent = EdgeExtent::positions;
  if (known.extent == EdgeExtent::one) of_position.resize(1);
  of_position.shrink_to_fit();
  known.edges = std::move(of_position);
  return known;
}

GroupShape group_shape(const RankGrid& grid, const ClusterMap& map, GroupKind kind) {
  GroupShape shape;
  shape.size = group_size(grid, kind);
  const int stride = group_stride(grid, kind);
  const Fabric fabric(map.cluster());
  const Place& first = map.place(Rank(0));
  std::map<int, int> members;  // per node
  for (int m = 0; m < shape.size; ++m) {
    const Place& place = map.place(Rank(std::int64_t{m} * stride));
    ++members[place.node];
    if (place.node == first.node && place.socket != first.socket) ++shape.other_sockets;
    if (place.node != first.node && fabric.crosses_spine(first, place)) ++shape.other_leaves;
    if (std::find(shape.node_groups.begin(), shape.node_groups.end(), place.group) == shape.node_groups.end())
      shape.node_groups.push_back(place.group);
  }
  shape.nodes = static_cast<int>(members.size());
  shape.inside = shape.size;
  for (const auto& [node, count] : members) shape.inside = std::min(shape.inside, count);
  return shape;
}

CollectiveTime CollectiveTimes::of(const Collective& collective) {
  std::optional<GroupShape>& shape = shapes_[static_cast<std::size_t>(collective.group)];
  if (!shape) shape = group_shape(grid_, *map_, collective.group);
  return collective_time(*shape, collective, *map_);
}

CollectiveTime collective_time(const GroupShape& shape, const Collective& collective, const ClusterMap& map) {
  if (shape.size <= 1) return {};
  const double size = shape.size, inside = shape.inside, nodes = shape.nodes;
  const bool spans_nodes = shape.nodes > 1;
  CollectiveTime result;
  if (collective.kind == CollectiveKind::all_to_all)  // each rank sends bytes / (g - 1) to each peer
    result.scale_out = collective.bytes * ((size - inside) / (size - 1.0));
  else if (spans_nodes)  // a ring leaves each node once
    result.scale_out = collective.bytes / inside;
  result.scale_up = collective.bytes - result.scale_out;
  // A collective waits for all: the slowest kind of node that takes part decides.
  for (const int kind : shape.node_groups) {
    const NodeSpec& node = map.cluster().groups[static_cast<std::size_t>(kind)].node;
    // Groups that run at once on one node share its cards.
    const double groups_per_node = std::max(1.0, node.gpus / inside);
    const BytesPerSecond cards =
        node.scale_out.nic_bandwidth.value * (static_cast<double>(node.scale_out.nics) / groups_per_node);
    const double oversubscription = map.cluster().fabric.oversubscription.value;
    const Seconds alpha_up = node.scale_up.alpha.value, alpha_out = node.scale_out.alpha.value;
    Seconds inside_time = result.scale_up / node.scale_up.per_gpu.value, outside_time;
    Seconds alpha_inside = alpha_up, alpha_outside = alpha_out;
    if (collective.kind == CollectiveKind::all_to_all) {
      inside_time =
          std::max(inside_time, bridge_time(node, collective.bytes * (shape.other_sockets / (size - 1.0))));
      if (spans_nodes) {
        const double through_spine = shape.other_leaves / (size - inside);
        outside_time = result.scale_out / (cards / inside) * std::max(1.0, through_spine * oversubscription);
      }
    } else {
      // A ring over all members: bytes that stay inside cross every edge there; the node's cards together
      // carry the crossing ones.
      if (shape.other_sockets > 0 && node.scale_up.socket_bridge)
        inside_time =
            std::max(inside_time, result.scale_up / (node.scale_up.socket_bridge->value / groups_per_node));
      if (spans_nodes) outside_time = result.scale_out / (cards / inside);
      alpha_inside = (size - nodes) * alpha_up;
      if (spans_nodes) alpha_inside += (nodes - 1.0) * alpha_out;
      // A scatter and a gather, one after the other.
      if (collective.kind == CollectiveKind::all_reduce) alpha_inside = 2.0 * alpha_inside;
      alpha_outside = alpha_inside;
    }
    const double pieces = collective.pieces;
    Seconds time;
    if (result.scale_up.value > 0) time = inside_time + alpha_inside / pieces;
    if (spans_nodes) time = std::max(time, outside_time + alpha_outside / pieces);
    result.up_busy = std::max(result.up_busy, result.scale_up / node.scale_up.per_gpu.value);
    if (spans_nodes) result.out_busy = std::max(result.out_busy, result.scale_out / (cards / inside));
    result.time = std::max(result.time, time);
  }
  return result;
}

}  // namespace costmodel
