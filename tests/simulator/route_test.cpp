// Routes: which links a message takes, what it does when some have failed.
#include "simulator/route.h"

#include <memory>
#include <string>
#include <vector>

#include "costmodel/base/error.h"
#include "tests/catch.h"
#include "tests/schedule/test_scenarios.h"

using namespace simulator;
using costmodel::ClusterSpec;
using costmodel::FabricKind;
using costmodel::Rank;

namespace {

constexpr auto given = costmodel::Provenance::given;

// A cluster with its links and a router.
struct Way {
  explicit Way(const ClusterSpec& cluster_, Spine spine = Spine::even, std::uint64_t seed = 1,
               const std::vector<std::string>& failed = {})
      : cluster(cluster_), map(cluster, {}), links(map, spine), router(links, seed) {
    for (const std::string& pattern : failed)
      for (const LinkId id : links.matching(pattern)) links.fail(id);
  }
  std::string names(const Route& route) const {
    std::string text;
    for (const LinkId id : route.way()) text += (text.empty() ? "" : " ") + links.name(id);
    return text;
  }
  std::string of(int from, int to) const { return names(router.exchange(Rank(from), Rank(to))); }

  ClusterSpec cluster;
  costmodel::ClusterMap map;
  LinkTable links;
  Router router;
};

ClusterSpec pcie_node(int nodes) {
  ClusterSpec cluster = tests::small_cluster(nodes, 4, 2);
  costmodel::ScaleUpSpec& up = cluster.groups[0].node.scale_up;
  up.kind = costmodel::ScaleUpKind::pcie;
  up.gpus_per_socket = 2;
  up.socket_bridge = costmodel::Sourced<costmodel::BytesPerSecond>{costmodel::BytesPerSecond(20e9), given};
  return cluster;
}

ClusterSpec mesh_node(int gpus) {
  ClusterSpec cluster = tests::small_cluster(1, gpus, gpus);
  costmodel::ScaleUpSpec& up = cluster.groups[0].node.scale_up;
  up.kind = costmodel::ScaleUpKind::mesh;
  up.one_peer.value = costmodel::BytesPerSecond(50e9);
  return cluster;
}

ClusterSpec tree(FabricKind kind, int nodes, int nics = 4) {
  ClusterSpec cluster = tests::small_cluster(nodes, 4, nics);
  cluster.fabric = {kind, {2.0, given}, 2};
  return cluster;
}

}  // namespace

TEST_CASE(
    "behind PCIe a message crosses the bridge between sockets, and reaches cards over the GPU's lanes") {
  const Way way(pcie_node(2));
  CHECK(way.of(0, 0).empty());
  CHECK(way.of(0, 1) == "node0.gpu0.out node0.gpu1.in");
  CHECK(way.of(1, 2) == "node0.gpu1.out node0.socket0.bridge node0.gpu2.in");
  CHECK(way.of(3, 0) == "node0.gpu3.out node0.socket1.bridge node0.gpu0.in");
  CHECK(way.of(1, 6) == "node0.gpu1.out node0.nic0.out node1.nic1.in node1.gpu2.in");
  CHECK(way.router.exchange(Rank(1), Rank(2)).rate == 20e9);
  CHECK(way.router.exchange(Rank(1), Rank(6)).rate == 50e9);
}

TEST_CASE("in a mesh a pair has its own link, as fast as one link is") {
  const Way way(mesh_node(4));
  CHECK(way.of(1, 3) == "node0.gpu1.out node0.gpu1-gpu3 node0.gpu3.in");
  CHECK(way.router.exchange(Rank(1), Rank(3)).rate == 50e9);
  // Collectives use all links of a GPU.
  CHECK(way.names(way.router.inside(Rank(1), Rank(3))) == "node0.gpu1.out node0.gpu3.in");
  CHECK(way.router.inside(Rank(1), Rank(3)).rate == 400e9);
}

TEST_CASE(
    "the slower of two GPUs limits what goes between their nodes, and a single peer may get less than all") {
  ClusterSpec cluster = tests::small_cluster(1, 4, 4);
  cluster.groups.push_back(cluster.groups[0]);
  costmodel::ScaleUpSpec& slow = cluster.groups[1].node.scale_up;
  slow.per_gpu.value = costmodel::BytesPerSecond(20e9);
  slow.one_peer.value = costmodel::BytesPerSecond(8e9);
  const Way way(cluster);
  CHECK(way.router.exchange(Rank(0), Rank(4)).rate == 20e9);
  CHECK(way.router.exchange(Rank(4), Rank(0)).rate == 20e9);
  CHECK(way.router.exchange(Rank(4), Rank(5)).rate == 8e9);
  CHECK(way.router.inside(Rank(4), Rank(5)).rate == 20e9);
}

TEST_CASE("GPUs that share a card leave through the same one") {
  const Way way(tests::small_cluster(2, 4, 2));
  CHECK(way.of(0, 4) == "node0.nic0.out node1.nic0.in");
  CHECK(way.of(1, 5) == "node0.nic0.out node1.nic0.in");
  CHECK(way.of(2, 6) == "node0.nic1.out node1.nic1.in");
}

TEST_CASE("the spine is crossed between leaves, and between rails") {
  const Way tree_way(tree(FabricKind::fat_tree, 4));
  CHECK(tree_way.of(0, 5) == "node0.nic0.out node1.nic1.in");  // one leaf
  CHECK(tree_way.of(0, 9) == "node0.nic0.out leaf0.up leaf1.down node2.nic1.in");
  const Way rails(tree(FabricKind::rail_optimised, 4));
  CHECK(rails.of(0, 4) == "node0.nic0.out node1.nic0.in");
  CHECK(rails.of(0, 5) == "node0.nic0.out leaf0.rail0.up leaf0.rail1.down node1.nic1.in");
  CHECK(rails.of(3, 15) == "node0.nic3.out leaf0.rail3.up leaf1.rail3.down node3.nic3.in");
}

TEST_CASE("hashed messages keep their uplink, which depends on the seed alone") {
  const ClusterSpec cluster = tree(FabricKind::fat_tree, 4);
  const Way one(cluster, Spine::hashed, 1), same(cluster, Spine::hashed, 1), other(cluster, Spine::hashed, 2);
  int moved = 0, spread = 0;
  for (int r = 0; r < 8; ++r) {
    CHECK(one.of(r, r + 8) == same.of(r, r + 8));
    moved += one.of(r, r + 8) != other.of(r, r + 8) ? 1 : 0;
    spread += one.of(r, r + 8).find("spine0") == std::string::npos ? 1 : 0;
    const Route route = one.router.exchange(Rank(r), Rank(r + 8));
    CHECK(route.count == 4);
    // The same spine up and down.
    const std::string up = one.links.name(route.links[1]), down = one.links.name(route.links[2]);
    CHECK(up.substr(up.find("spine")) == down.substr(down.find("spine")));
  }
  CHECK(moved > 0);
  CHECK(spread > 0);
}

TEST_CASE("a failed card is replaced by the next one of its node") {
  const Way way(tests::small_cluster(2, 4, 4), Spine::even, 1, {"node0.nic3.out", "node1.nic0.in"});
  CHECK(way.of(3, 7) == "node0.nic0.out node1.nic3.in");
  CHECK(way.of(0, 4) == "node0.nic0.out node1.nic1.in");
  CHECK(way.of(1, 5) == "node0.nic1.out node1.nic1.in");
  CHECK(way.of(7, 3) == "node1.nic3.out node0.nic3.in");  // the way in still works
  CHECK(way.router.rerouted() == 2);
}

TEST_CASE("another card on another rail goes over the spine") {
  const Way way(tree(FabricKind::rail_optimised, 4), Spine::even, 1, {"node0.nic0.out"});
  CHECK(way.of(0, 4) == "node0.nic1.out leaf0.rail1.up leaf0.rail0.down node1.nic0.in");
  // To a GPU on the rail of that other card it does not.
  CHECK(way.of(0, 5) == "node0.nic1.out node1.nic1.in");
}

TEST_CASE("a failed pair link of a mesh is avoided through a third GPU") {
  const Way way(mesh_node(4), Spine::even, 1, {"node0.gpu1-gpu3", "node0.gpu1-gpu0"});
  CHECK(way.of(1, 3) ==
        "node0.gpu1.out node0.gpu1-gpu2 node0.gpu2.in node0.gpu2.out node0.gpu2-gpu3 node0.gpu3.in");
  CHECK(way.of(3, 1) == "node0.gpu3.out node0.gpu3-gpu1 node0.gpu1.in");
  const Way none(mesh_node(2), Spine::even, 1, {"node0.gpu0-gpu1"});
  CHECK_THROWS_WITH(none.of(0, 1), ContainsSubstring("nothing replaces the failed link node0.gpu0-gpu1"));
}

TEST_CASE("a failed uplink is avoided over the next spine, until none is left") {
  const ClusterSpec cluster = tree(FabricKind::fat_tree, 4);
  const Way whole(cluster, Spine::hashed);
  const Route route = whole.router.exchange(Rank(0), Rank(8));
  const std::string up = whole.links.name(route.links[1]);
  const Way way(cluster, Spine::hashed, 1, {up});
  CHECK(way.of(0, 8).find(up) == std::string::npos);
  CHECK(way.router.rerouted() == 1);
  const Way none(cluster, Spine::hashed, 1, {"leaf0.up"});
  CHECK_THROWS_WITH(none.of(0, 8), ContainsSubstring("nothing replaces the failed link leaf0.up.spine"));
  const Way even(cluster, Spine::even, 1, {"leaf1.down"});
  CHECK_THROWS_WITH(even.of(0, 8), ContainsSubstring("nothing replaces the failed link leaf1.down"));
}

TEST_CASE("a node without cards or a GPU without its link can no longer take part") {
  const Way cards(tests::small_cluster(2, 2, 2), Spine::even, 1, {"node1.nic*.in"});
  CHECK_THROWS_WITH(cards.of(0, 2), ContainsSubstring("all network cards of node1 have failed"));
  const Way gpu(tests::small_cluster(1, 2, 2), Spine::even, 1, {"node0.gpu1.in"});
  CHECK_THROWS_WITH(gpu.of(0, 1), ContainsSubstring("nothing replaces the failed link node0.gpu1.in"));
}
