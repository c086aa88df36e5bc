#include "simulator/flows.h"

#include <algorithm>
#include <map>

namespace simulator {

using costmodel::Collective;
using costmodel::CollectiveKind;
using costmodel::LinkClass;
using costmodel::Place;
using costmodel::Rank;

namespace {

TransferFlows transfer_flows(const costmodel::Schedule& schedule, const costmodel::Transfer& transfer,
                             const World& world, const Router& router) {
  TransferFlows result;
  for (int r = 0; r < world.simulated; ++r) {
    const Rank rank(r);
    const Rank to = schedule.peer(rank, transfer.shift);
    const Rank from = schedule.peer(rank, {-transfer.shift.outer, -transfer.shift.inner});
    result.to.push_back(static_cast<std::int32_t>(world.image(to)));
    result.from.push_back(static_cast<std::int32_t>(world.image(from)));
    Flow flow;
    flow.route = router.exchange(rank, to);
    flow.bytes = transfer.bytes.value;
    flow.alpha = router.alpha(rank, flow.route.link_class).value;
    result.flows.push_back(flow);
  }
  return result;
}

// One group of ranks, node by node.
class Group {
 public:
  Group(const costmodel::RankGrid& grid, const costmodel::ClusterMap& map, costmodel::GroupKind kind,
        Rank any)
      : size_(costmodel::group_size(grid, kind)), stride_(costmodel::group_stride(grid, kind)) {
    first_ = any.value - any.value / stride_ % size_ * stride_;
    for (int m = 0; m < size_; ++m) {
      const Rank member(first_ + m * stride_);
      const int node = map.place(member).node;
      const auto [place, is_new] = index_.try_emplace(node, nodes_.size());
      if (is_new) nodes_.emplace_back();
      nodes_[place->second].push_back(member);
    }
    inside_ = nodes_.front().size();
    for (const auto& members : nodes_) inside_ = std::min(inside_, members.size());
  }

  int size() const { return size_; }
  std::size_t nodes() const { return nodes_.size(); }
  std::size_t inside() const { return inside_; }  // members on the node that has fewest
  Rank member(int m) const { return Rank(first_ + m % size_ * stride_); }
  int position(Rank rank) const { return (rank.value - first_) / stride_; }
  // Members on this rank's node, the same rank's counterpart on the next node, the next member here.
  const std::vector<Rank>& neighbours(int node) const { return nodes_[index_.at(node)]; }
  Rank next_inside(Rank rank, int node) const {
    const std::vector<Rank>& here = neighbours(node);
    return here[(place_in(here, rank) + 1) % here.size()];
  }
  Rank next_node(Rank rank, int node) const {
    return counterpart(rank, node, nodes_[(index_.at(node) + 1) % nodes_.size()]);
  }
  Rank counterpart(Rank rank, int node, const std::vector<Rank>& there) const {
    return there[place_in(neighbours(node), rank) % there.size()];
  }
  template <class Visit>
  void each_node(Visit visit) const {
    for (const auto& members : nodes_) visit(members);
  }

 private:
  static std::size_t place_in(const std::vector<Rank>& members, Rank rank) {
    return static_cast<std::size_t>(std::lower_bound(members.begin(), members.end(), rank) - members.begin());
  }
  int size_, stride_, first_ = 0;
  std::size_t inside_ = 1;
  std::map<int, std::size_t> index_;  // of a node in nodes_
  std::vector<std::vector<Rank>> nodes_;
};

class GroupFlows {
 public:
  GroupFlows(const Group& group, const Collective& collective, const Router& router)
      : group_(group), collective_(collective), router_(router), map_(router.links().map()) {}

  // Formula 3.7.
  void ring(Rank rank, std::vector<Flow>& flows) const {
    const double out = group_.nodes() > 1 ? bytes() / static_cast<double>(group_.inside()) : 0.0;
    const double nodes = static_cast<double>(group_.nodes()),
                 rounds = collective_.kind == CollectiveKind::all_reduce ? 2.0 : 1.0;
    double alpha = (group_.size() - nodes) * router_.alpha(rank, LinkClass::scale_up).value;
    if (nodes > 1) alpha += (nodes - 1.0) * router_.alpha(rank, LinkClass::scale_out).value;
    alpha *= rounds / collective_.pieces;
    const int node = map_.place(rank).node;
    const Rank next = group_.next_inside(rank, node);
    if (bytes() > out && next != rank) flows.push_back({router_.inside(rank, next), bytes() - out, alpha});
    if (out > 0) flows.push_back({router_.outside(rank, group_.next_node(rank, node)), out, alpha});
  }

  // Formula 3.8: what goes to the members of the node, behind the same leaf and behind others.  A rank's own
  // card and port stand for those of its peers: in a balanced exchange all receive what they send.
  void all_to_all(Rank rank, std::vector<Flow>& flows) const {
    const double each = bytes() / (group_.size() - 1);
    const Place& own = map_.place(rank);
    double near = 0, across = 0, leaf = 0, spine = 0;
    Rank across_peer = rank, leaf_peer = rank, spine_peer = rank;
    for (const Rank peer : group_.neighbours(own.node)) {
      if (peer == rank) continue;
      const bool other_socket = map_.place(peer).socket != own.socket;
      (other_socket ? across : near) += each;
      if (other_socket) across_peer = peer;
    }
    group_.each_node([&](const std::vector<Rank>& members) {
      for (const Rank peer : members) {
        const Place& there = map_.place(peer);
        if (there.node == own.node) return;
        const bool crosses = router_.links().fabric().crosses_spine(own, there);
        (crosses ? spine : leaf) += each;
        (crosses ? spine_peer : leaf_peer) = peer;
      }
    });
    // Without a bridge between them sockets are one.
    if (!router_.links().bridge(own)) near += across, across = 0;
    if (near > 0) add(flows, rank, router_.inside(rank, rank), near);
    if (across > 0) add(flows, rank, own_bridge(rank, across_peer), across);
    if (router_.links().spines() == 0) {
      if (leaf_peer == rank) leaf_peer = spine_peer;
      leaf += spine, spine = 0;
    }
    if (leaf > 0) add(flows, rank, own_card(rank, leaf_peer), leaf);
    if (spine > 0) add(flows, rank, own_card(rank, spine_peer), spine);
  }

  // One flow for each peer, in the order in which a rank sends them.
  void rounds(Rank rank, std::vector<Flow>& flows) const {
    const int own = group_.position(rank);
    for (int k = 1; k < group_.size(); ++k) {
      const Rank peer = group_.member(own + k);
      add(flows, rank, router_.exchange(rank, peer), bytes() / (group_.size() - 1));
    }
  }

 private:
  double bytes() const { return collective_.bytes.value; }
  void add(std::vector<Flow>& flows, Rank rank, const Route& route, double bytes) const {
    flows.push_back({route, bytes, router_.alpha(rank, route.link_class).value / collective_.pieces});
  }
  // Out over the bridge of the own socket, in through the own port.
  Route own_bridge(Rank rank, Rank peer) const {
    Route route = router_.inside(rank, peer);
    const Route back = router_.inside(peer, rank);
    route.links.at(route.count - 1U) = back.links.at(back.count - 1U);
    return route;
  }
  // Out through the own card towards a peer's leaf, in through the own card: where all ranks do the same,
  // every card takes in what it sends out.
  Route own_card(Rank rank, Rank peer) const {
    Route route = router_.outside(rank, peer);
    const Route back = router_.outside(peer, rank);
    // The receiving end is that of the way back: from where it comes down to the own leaf.
    const auto downwards = [&](const Route& way) {
      const auto end = way.links.begin() + way.count;
      return static_cast<std::size_t>(std::find_if(way.links.begin(), end,
                                                   [&](LinkId id) {
                                                     const LinkKind kind = router_.links()[id].kind;
                                                     return kind == LinkKind::leaf_down ||
                                                            kind == LinkKind::nic_in;
                                                   }) -
                                      way.links.begin());
    };
    Route own = route;
    own.count = static_cast<std::uint8_t>(downwards(route));
    for (std::size_t i = downwards(back); i < back.count; ++i) own.links[own.count++] = back.links[i];
    // What the peer's card can is its own flow's matter.
    own.rate = std::min(map_.node_of(rank).scale_up.per_gpu.value.value,
                        map_.node_of(peer).scale_up.per_gpu.value.value);
    for (const LinkId link : own.way()) own.rate = std::min(own.rate, router_.links()[link].capacity.value);
    return own;
  }

  const Group& group_;
  const Collective& collective_;
  const Router& router_;
  const costmodel::ClusterMap& map_;
};

CollectiveFlows collective_flows(const costmodel::Schedule& schedule, const Collective& collective,
                                 const World& world, const Router& router, const WhatIf& what_if) {
  CollectiveFlows result;
  const costmodel::RankGrid& grid = schedule.grid;
  const int size = costmodel::group_size(grid, collective.group);
  const int stride = costmodel::group_stride(grid, collective.group);
  const bool rounds = collective.kind == CollectiveKind::all_to_all && what_if.all_to_all == AllToAll::rounds;
  if (rounds) result.window = what_if.window;
  // A group larger than the fold has as many members there as the fold holds of its residue.
  const int block = std::min(size * stride, world.simulated);
  std::map<int, std::pair<std::int32_t, Group>> groups;
  result.first.push_back(0);
  for (int r = 0; r < world.simulated; ++r) {
    const int key = r / block * block + r % stride;
    auto found = groups.find(key);
    if (found == groups.end()) {
      found = groups
                  .try_emplace(key, static_cast<std::int32_t>(groups.size()),
                               Group(grid, router.links().map(), collective.group, Rank(r)))
                  .first;
      result.group_size.push_back(0);
    }
    const auto& [number, group] = found->second;
    result.group.push_back(number);
    ++result.group_size[static_cast<std::size_t>(number)];
    if (group.size() > 1) {
      const GroupFlows flows(group, collective, router);
      if (rounds)
        flows.rounds(Rank(r), result.flows);
      else if (collective.kind == CollectiveKind::all_to_all)
        flows.all_to_all(Rank(r), result.flows);
      else
        flows.ring(Rank(r), result.flows);
    }
    result.first.push_back(static_cast<std::int32_t>(result.flows.size()));
  }
  return result;
}

}  // namespace

PhaseFlows phase_flows(const costmodel::Schedule& schedule, const costmodel::Phase& phase, const World& world,
                       const Router& router, const WhatIf& what_if) {
  PhaseFlows result;
  for (const costmodel::Transfer& transfer : phase.transfers)
    result.transfers.push_back(transfer_flows(schedule, transfer, world, router));
  for (const Collective& collective : phase.collectives)
    result.collectives.push_back(collective_flows(schedule, collective, world, router, what_if));
  return result;
}

}  // namespace simulator
