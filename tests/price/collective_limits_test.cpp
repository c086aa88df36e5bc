// What a socket bridge, an oversubscribed spine and nodes of different size do to collectives, by hand.
#include "costmodel/price/link_time.h"
#include "costmodel/price/plan_price.h"
#include "tests/catch.h"
#include "tests/schedule/test_scenarios.h"

using namespace costmodel;

namespace {

constexpr Bytes message(7e9);
constexpr double scale_up = 400e9, nic = 50e9;  // of the small node

CollectiveTime timed(CollectiveKind kind, GroupKind group, const RankGrid& grid, const ClusterSpec& cluster) {
  Schedule schedule;
  schedule.grid = grid;
  const ClusterMap map(cluster, {});
  return collective_time(group_shape(schedule.grid, map, group), {kind, group, message, Payload::head_split},
                         map);
}

RankGrid ulysses(int degree) {
  RankGrid grid;
  grid.ulysses = degree;
  return grid;
}

}  // namespace

TEST_CASE("an all-to-all over two sockets sends 4 of 7 parts of every GPU across one bridge") {
  ClusterSpec cluster = tests::small_cluster(1, 8, 8);
  ScaleUpSpec& link = cluster.groups.front().node.scale_up;
  link.kind = ScaleUpKind::pcie;
  link.gpus_per_socket = 4;
  link.socket_bridge = Sourced<BytesPerSecond>{BytesPerSecond(80e9), Provenance::given};
  const double alpha = link.alpha.value.value;
  // 4 GPUs x 7 GB x 4/7 = 16 GB through 80 GB/s.
  CHECK(timed(CollectiveKind::all_to_all, GroupKind::ulysses, ulysses(8), cluster).time.value ==
        Approx(16e9 / 80e9 + alpha).epsilon(1e-12));
  // Inside one socket the bridge plays no part.
  CHECK(timed(CollectiveKind::all_to_all, GroupKind::ulysses, ulysses(4), cluster).time.value ==
        Approx(7e9 / scale_up + alpha).epsilon(1e-12));
}

TEST_CASE("an oversubscribed spine slows the part of an all-to-all that leaves the leaf") {
  ClusterSpec cluster = tests::small_cluster(4, 2, 2);
  cluster.fabric.kind = FabricKind::fat_tree;
  cluster.fabric.nodes_per_leaf = 2;
  const double even = timed(CollectiveKind::all_to_all, GroupKind::ulysses, ulysses(8), cluster).time.value;
  cluster.fabric.oversubscription.value = 4.0;
  const double slow = timed(CollectiveKind::all_to_all, GroupKind::ulysses, ulysses(8), cluster).time.value;
  const double alpha = cluster.groups.front().node.scale_out.alpha.value.value;
  // 6 of 7 parts leave the node, 4 of those 6 the leaf: 4/6 x 4 times the time of the cards.
  CHECK(even == Approx(6e9 / nic + alpha).epsilon(1e-12));
  CHECK(slow == Approx(6e9 / nic * (4.0 / 6.0 * 4.0) + alpha).epsilon(1e-12));
  // On rails the other card of the next node hangs on another leaf too: 5 of those 6.
  cluster.fabric.kind = FabricKind::rail_optimised;
  const double rails = timed(CollectiveKind::all_to_all, GroupKind::ulysses, ulysses(8), cluster).time.value;
  CHECK(rails == Approx(6e9 / nic * (5.0 / 6.0 * 4.0) + alpha).epsilon(1e-12));
}

TEST_CASE("of nodes of different size the one with fewest members sends most through the network") {
  ClusterSpec cluster = tests::small_cluster(1, 4, 4);
  NodeGroup large = cluster.groups.front();
  large.node.gpus = 8;
  large.node.scale_out.nics = 8;
  for (const bool small_first : {true, false}) {
    ClusterSpec mixed = cluster;
    if (small_first)
      mixed.groups.push_back(large);
    else
      mixed.groups.insert(mixed.groups.begin(), large);
    const CollectiveTime result = timed(CollectiveKind::all_to_all, GroupKind::ulysses, ulysses(12), mixed);
    CHECK(result.scale_out.value == Approx(7e9 * 8.0 / 11.0).epsilon(1e-12));
  }
}

TEST_CASE("link errors of different classes do not cancel in a tie") {
  PlanPrice inside, network;
  inside.time = network.time = Seconds(1.0);
  network.time = Seconds(1.2);
  inside.error.scale_up = Seconds(0.1);
  network.error.scale_out = Seconds(0.1);
  CHECK(is_tie(inside, network));
  network.error.scale_out = Seconds(0);
  network.error.scale_up = Seconds(0.1);
  CHECK(!is_tie(inside, network));
}
