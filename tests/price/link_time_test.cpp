// Edges and collectives against what a shared card, spine, bridge or mesh leaves to each flow.
#include "costmodel/price/link_time.h"

#include <string>
#include <vector>

#include "costmodel/schedule/lowering.h"
#include "tests/catch.h"
#include "tests/schedule/test_scenarios.h"

using namespace costmodel;

namespace {

constexpr Bytes message(1e9);
constexpr double scale_up = 400e9, nic = 50e9;  // of the small node

Schedule ring_of(int outer, int inner, int tensor = 1) {
  Schedule schedule;
  schedule.grid.outer = outer;
  schedule.grid.inner = inner;
  schedule.grid.tensor = tensor;
  return schedule;
}

std::vector<EdgeTime> edges(const Schedule& schedule, RingShift shift, const ClusterSpec& cluster) {
  const ClusterMap map(cluster, {});
  std::vector<EdgeTime> list;
  exchange_times(schedule, {shift, message, Payload::keys_values}, map, list);
  return list;
}

double rate(const EdgeTime& edge) { return message.value / edge.occupancy.value; }

CollectiveTime timed(CollectiveKind kind, GroupKind group, const Schedule& schedule,
                     const ClusterSpec& cluster) {
  const ClusterMap map(cluster, {});
  return collective_time(group_shape(schedule.grid, map, group), {kind, group, message, Payload::keys_values},
                         map);
}

}  // namespace

TEST_CASE("an edge inside a node takes the latency and the bytes over the GPU's link") {
  for (const EdgeTime& edge : edges(ring_of(1, 8), {0, 1}, tests::small_cluster(1, 8, 8))) {
    CHECK(edge.link == LinkClass::scale_up);
    CHECK(edge.alpha.value == Approx(2e-6));
    CHECK(edge.total().value == Approx(2e-6 + 1e9 / scale_up).epsilon(1e-12));
  }
}

TEST_CASE("with four cards for eight GPUs a flat ring's crossing edge has a whole card") {
  const auto list = edges(ring_of(1, 16), {0, 1}, tests::small_cluster(2, 8, 4));
  for (std::size_t r = 0; r < list.size(); ++r) {
    const bool crosses = r == 7 || r == 15;
    CAPTURE(r);
    CHECK(list[r].link == (crosses ? LinkClass::scale_out : LinkClass::scale_up));
    CHECK(rate(list[r]) == Approx(crosses ? nic : scale_up).epsilon(1e-12));
    CHECK(list[r].alpha.value == Approx(crosses ? 5e-6 : 2e-6));
  }
}

TEST_CASE("with four cards for eight GPUs a double ring's outer hop has half a card") {
  for (const EdgeTime& edge : edges(ring_of(2, 8), {1, 0}, tests::small_cluster(2, 8, 4))) {
    CHECK(edge.link == LinkClass::scale_out);
    CHECK(rate(edge) == Approx(nic / 2).epsilon(1e-12));
  }
}

TEST_CASE("of two nodes with four and eight cards the four hold up what they send and what they receive") {
  ClusterSpec cluster = tests::small_cluster(1, 8, 4);
  cluster.groups.push_back(tests::small_cluster(1, 8, 8).groups.front());
  for (const EdgeTime& edge : edges(ring_of(2, 8), {1, 0}, cluster))
    CHECK(rate(edge) == Approx(nic / 2).epsilon(1e-12));
  // Uplinks of half the cards below each leaf: a quarter of a card each, up from the four and down to them.
  cluster.fabric = {FabricKind::fat_tree, {2.0, Provenance::given}, 1};
  for (const EdgeTime& edge : edges(ring_of(2, 8), {1, 0}, cluster))
    CHECK(rate(edge) == Approx(nic / 4).epsilon(1e-12));
}

TEST_CASE("with a card for each GPU every outer hop has a whole card") {
  for (const RingShift shift : {RingShift{1, 0}, RingShift{1, 1}})
    for (const EdgeTime& edge : edges(ring_of(4, 8), shift, tests::small_cluster(4, 8, 8)))
      CHECK(rate(edge) == Approx(nic).epsilon(1e-12));
}

TEST_CASE("a card faster than the GPU's own link does not speed it up") {
  ClusterSpec cluster = tests::small_cluster(2, 8, 8);
  cluster.groups[0].node.scale_up.per_gpu.value = BytesPerSecond(20e9);
  for (const EdgeTime& edge : edges(ring_of(2, 8), {1, 0}, cluster)) CHECK(rate(edge) == Approx(20e9));
}

TEST_CASE("a mesh gives one peer one link and a collective all of them") {
  ClusterSpec cluster = tests::small_cluster(1, 8, 8);
  cluster.groups[0].node.scale_up.kind = ScaleUpKind::mesh;
  cluster.groups[0].node.scale_up.one_peer.value = BytesPerSecond(scale_up / 7);
  for (const EdgeTime& edge : edges(ring_of(1, 8), {0, 1}, cluster))
    CHECK(rate(edge) == Approx(scale_up / 7).epsilon(1e-12));
  Schedule heads;
  heads.grid.ulysses = 8;
  CHECK(timed(CollectiveKind::all_to_all, GroupKind::ulysses, heads, cluster).time.value ==
        Approx(2e-6 + 1e9 / scale_up).epsilon(1e-12));
}

TEST_CASE("transfers from one socket to the other share the bridge") {
  ClusterSpec cluster = tests::small_cluster(1, 8, 1);
  ScaleUpSpec& up = cluster.groups[0].node.scale_up;
  up.kind = ScaleUpKind::pcie;
  up.gpus_per_socket = 4;
  up.socket_bridge = Sourced<BytesPerSecond>{BytesPerSecond(60e9), Provenance::given};
  // A ring crosses once in each direction and has the bridge alone.
  const auto ring = edges(ring_of(1, 8), {0, 1}, cluster);
  for (std::size_t r = 0; r < 8; ++r)
    CHECK(rate(ring[r]) == Approx(r == 3 || r == 7 ? 60e9 : scale_up).epsilon(1e-12));
  // Four places on, every GPU crosses: four share each direction.
  for (const EdgeTime& edge : edges(ring_of(2, 4), {1, 0}, cluster))
    CHECK(rate(edge) == Approx(15e9).epsilon(1e-12));
}

TEST_CASE("an oversubscribed fat tree is shared by what leaves a leaf, and by nothing else") {
  ClusterSpec cluster = tests::small_cluster(4, 8, 8);
  cluster.fabric = {FabricKind::fat_tree, {4.0, Provenance::given}, 2};
  // Leaves of two nodes.  On a ring of nodes, nodes 1 and 3 send across the spine: 8 flows on uplinks of
  // 16 cards / 4 = 4 cards.
  const auto list = edges(ring_of(4, 8), {1, 0}, cluster);
  for (std::size_t r = 0; r < list.size(); ++r) {
    const bool spine = (r / 8) % 2 == 1;
    CHECK(rate(list[r]) == Approx(spine ? nic / 2 : nic).epsilon(1e-12));
  }
}

TEST_CASE("on rails the same card stays below the spine and another card does not") {
  ClusterSpec cluster = tests::small_cluster(4, 8, 8);
  cluster.fabric = {FabricKind::rail_optimised, {2.0, Provenance::given}, 4};
  for (const EdgeTime& edge : edges(ring_of(4, 8), {1, 0}, cluster))
    CHECK(rate(edge) == Approx(nic).epsilon(1e-12));
  // One card on: four flows leave each rail's leaf over uplinks of 4 / 2 cards.
  for (const EdgeTime& edge : edges(ring_of(4, 8), {1, 1}, cluster))
    CHECK(rate(edge) == Approx(nic / 2).epsilon(1e-12));
}

TEST_CASE("a message to itself takes no time") {
  for (const EdgeTime& edge : edges(ring_of(1, 8), {1, 0}, tests::small_cluster(1, 8, 8))) {
    CHECK(edge.link == LinkClass::self);
    CHECK(edge.total().value == 0);
  }
}

TEST_CASE("a gather inside a node takes g - 1 latencies and the bytes over one link") {
  const CollectiveTime time =
      timed(CollectiveKind::all_gather, GroupKind::ring, ring_of(1, 8), tests::small_cluster(1, 8, 8));
  CHECK(time.time.value == Approx(7 * 2e-6 + 1e9 / scale_up).epsilon(1e-12));
  CHECK(time.scale_up == message);
  CHECK(time.scale_out.value == 0);
}

TEST_CASE("a gather over nodes runs at the speed of all their cards together") {
  // Two nodes, four cards each: 200 GB/s, less than the link inside.
  const CollectiveTime time =
      timed(CollectiveKind::reduce_scatter, GroupKind::ring, ring_of(1, 16), tests::small_cluster(2, 8, 4));
  CHECK(time.time.value == Approx(14 * 2e-6 + 5e-6 + 1e9 / (4 * nic)).epsilon(1e-12));
  CHECK(time.scale_out.value == Approx(1e9 / 8).epsilon(1e-12));
  CHECK((time.scale_up + time.scale_out).value == Approx(1e9).epsilon(1e-12));
}

TEST_CASE("groups that gather at once share the cards of their nodes") {
  // Tensor 8 in each node, the ring over four nodes: eight rings share eight cards.
  const CollectiveTime time =
      timed(CollectiveKind::all_gather, GroupKind::ring, ring_of(1, 4, 8), tests::small_cluster(4, 8, 8));
  CHECK(time.time.value == Approx(3 * 5e-6 + 1e9 / nic).epsilon(1e-12));
  CHECK(time.scale_up.value == 0);
}

TEST_CASE("an all-to-all over nodes sends the remote share through the cards") {
  Schedule heads;
  heads.grid.ulysses = 16;
  const CollectiveTime time =
      timed(CollectiveKind::all_to_all, GroupKind::ulysses, heads, tests::small_cluster(2, 8, 4));
  // 8 of 15 peers are remote; eight GPUs share four cards.
  const double remote = 1e9 * 8 / 15;
  CHECK(time.scale_out.value == Approx(remote).epsilon(1e-12));
  CHECK(time.time.value == Approx(5e-6 + remote / (nic / 2)).epsilon(1e-12));
}

TEST_CASE("a group of one has nothing to do") {
  const CollectiveTime time =
      timed(CollectiveKind::all_gather, GroupKind::tensor, ring_of(1, 8), tests::small_cluster(1, 8, 8));
  CHECK(time.time.value == 0);
  CHECK((time.scale_up + time.scale_out).value == 0);
}
