#include "simulator/route.h"

#include <algorithm>
#include <limits>

#include "costmodel/base/error.h"
#include "simulator/random.h"

namespace simulator {

using costmodel::LinkClass;
using costmodel::NodeSpec;
using costmodel::Place;
using costmodel::Rank;

Router::Router(const LinkTable& links, std::uint64_t hash_seed, FoldedNodes fold)
    : links_(&links), seed_(hash_seed), fold_(fold) {}

Place Router::image(Place place) const {
  if (fold_.nodes > 0) place.node %= fold_.nodes;
  return place;
}

void Router::push(Route& route, LinkId id) const {
  route.links.at(route.count++) = id;
  route.rate = std::min(route.rate, (*links_)[id].capacity.value);
}

LinkId Router::alive(LinkId id) const {
  if (!(*links_)[id].failed) return id;
  throw CutOff("nothing replaces the failed link " + links_->name(id) +
               "; a GPU behind it can no longer take part");
}

// The card of a place, or the next one of its node that works.
int Router::card(const Place& place, bool out) const {
  const int nics = links_->map().cluster().groups[static_cast<std::size_t>(place.group)].node.scale_out.nics;
  for (int k = 0; k < nics; ++k) {
    const int nic = (place.nic + k) % nics;
    const LinkId id = out ? links_->nic_out(place.node, nic) : links_->nic_in(place.node, nic);
    if ((*links_)[id].failed) continue;
    rerouted_ += k > 0 ? 1 : 0;
    return nic;
  }
  throw CutOff("all network cards of node" + std::to_string(place.node) +
               " have failed; its GPUs can no longer take part");
}

costmodel::Seconds Router::alpha(Rank from, LinkClass link) const {
  const NodeSpec& node = links_->map().node_of(from);
  switch (link) {
    case LinkClass::self: return costmodel::Seconds(0);
    case LinkClass::scale_up: return node.scale_up.alpha.value;
    case LinkClass::scale_out: return node.scale_out.alpha.value;
  }
  return costmodel::Seconds(0);
}

namespace {
Route empty_route(LinkClass link) {
  Route route;
  route.link_class = link;
  route.rate = std::numeric_limits<double>::infinity();
  return route;
}
}  // namespace

Route Router::inside(Rank from, Rank to) const {
  Route route = empty_route(LinkClass::scale_up);
  const Place a = image(links_->map().place(from)), b = image(links_->map().place(to));
  push(route, alive(links_->gpu_out(a)));
  if (a.socket != b.socket)
    if (const auto bridge = links_->bridge(a)) push(route, alive(*bridge));
  push(route, alive(links_->gpu_in(b)));
  return route;
}

Route Router::outside(Rank from, Rank to) const {
  Route route = empty_route(LinkClass::scale_out);
  const costmodel::ClusterMap& map = links_->map();
  Place a = map.place(from), b = map.place(to);
  const NodeSpec& sender = map.node_of(from);
  const NodeSpec& receiver = map.node_of(to);
  // Behind PCIe the way to the card is the GPU's only link; NVLink leaves the lanes of the card alone, but
  // nothing leaves a GPU faster than its own link.
  const bool lanes = sender.scale_up.kind == costmodel::ScaleUpKind::pcie;
  route.rate = std::min(sender.scale_up.per_gpu.value.value, receiver.scale_up.per_gpu.value.value);
  if (lanes) push(route, alive(links_->gpu_out(image(a))));
  a.nic = card(image(a), true);
  b.nic = card(image(b), false);
  push(route, links_->nic_out(image(a).node, a.nic));
  if (links_->spines() > 0 && links_->fabric().crosses_spine(a, b)) push_spine(route, from, to, a, b);
  push(route, links_->nic_in(image(b).node, b.nic));
  if (receiver.scale_up.kind == costmodel::ScaleUpKind::pcie) push(route, alive(links_->gpu_in(image(b))));
  return route;
}

void Router::push_spine(Route& route, Rank from, Rank to, const Place& a, const Place& b) const {
  const int spines = links_->spines();
  const std::uint64_t pair =
      combined(static_cast<std::uint64_t>(from.value), static_cast<std::uint64_t>(to.value));
  const int first = links_->spine() == Spine::hashed
                        ? static_cast<int>(combined(seed_, pair) % static_cast<std::uint64_t>(spines))
                        : 0;
  for (int k = 0; k < spines; ++k) {
    const int spine = (first + k) % spines;
    const LinkId up = links_->leaf_up(image(a), spine), down = links_->leaf_down(image(b), spine);
    if ((*links_)[up].failed || (*links_)[down].failed) continue;
    rerouted_ += k > 0 ? 1 : 0;
    push(route, up);
    push(route, down);
    return;
  }
  alive(links_->leaf_up(image(a), first));
  alive(links_->leaf_down(image(b), first));
}

Route Router::exchange(Rank from, Rank to) const {
  if (from == to) return empty_route(LinkClass::self);
  const costmodel::ClusterMap& map = links_->map();
  const Place a = image(map.place(from)), b = image(map.place(to));
  if (map.place(from).node != map.place(to).node) return outside(from, to);
  const auto pair = links_->pair(a, b);
  if (!pair) {
    // A link through host memory gives a single peer less than all of them.
    Route route = inside(from, to);
    const costmodel::ScaleUpSpec& link = map.node_of(from).scale_up;
    if (link.one_peer.value < link.per_gpu.value)
      route.rate = std::min(route.rate, link.one_peer.value.value);
    return route;
  }
  Place via = a;
  const bool direct = !(*links_)[*pair].failed;
  if (!direct) {
    // Through the first third GPU that reaches both.
    const int gpus = map.node_of(from).gpus;
    bool found = false;
    for (int g = 0; g < gpus && !found; ++g) {
      via.local = g;
      found = g != a.local && g != b.local && !(*links_)[*links_->pair(a, via)].failed &&
              !(*links_)[*links_->pair(via, b)].failed;
    }
    if (!found) alive(*pair);
    ++rerouted_;
  }
  Route route = empty_route(LinkClass::scale_up);
  push(route, alive(links_->gpu_out(a)));
  if (direct) {
    push(route, *pair);
  } else {
    push(route, *links_->pair(a, via));
    push(route, alive(links_->gpu_in(via)));
    push(route, alive(links_->gpu_out(via)));
    push(route, *links_->pair(via, b));
  }
  push(route, alive(links_->gpu_in(b)));
  return route;
}

}  // namespace simulator
