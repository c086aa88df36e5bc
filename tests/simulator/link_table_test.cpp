// The links of a cluster: what there is, how it is called, which patterns find it.
#include "simulator/link_table.h"

#include <string>
#include <vector>

#include "costmodel/base/error.h"
#include "tests/catch.h"
#include "tests/schedule/test_scenarios.h"

using namespace simulator;
using costmodel::ClusterMap;
using costmodel::ClusterSpec;

namespace {

std::vector<std::string> names(const LinkTable& links, const std::string& pattern) {
  std::vector<std::string> list;
  for (const LinkId id : links.matching(pattern)) list.push_back(links.name(id));
  return list;
}

ClusterSpec oversubscribed(costmodel::FabricKind kind, int nodes, double factor) {
  ClusterSpec cluster = tests::small_cluster(nodes, 4, 2);
  cluster.fabric = {kind, {factor, costmodel::Provenance::given}, 2};
  return cluster;
}

}  // namespace

TEST_CASE("links have the names of what they join") {
  const ClusterSpec cluster = tests::small_cluster(3, 2, 2);
  const ClusterMap map(cluster, {});
  const LinkTable links(map, Spine::even);
  CHECK(links.size() == 3 * 8);
  CHECK(names(links, "node1") == std::vector<std::string>{"node1.gpu0.out", "node1.gpu1.out", "node1.gpu0.in",
                                                          "node1.gpu1.in", "node1.nic0.out", "node1.nic1.out",
                                                          "node1.nic0.in", "node1.nic1.in"});
  CHECK(names(links, "node2.nic1") == std::vector<std::string>{"node2.nic1.out", "node2.nic1.in"});
  CHECK(names(links, "node*.gpu1.out") ==
        std::vector<std::string>{"node0.gpu1.out", "node1.gpu1.out", "node2.gpu1.out"});
  CHECK(links.matching("*").size() == links.size());
  for (std::size_t i = 0; i < links.size(); ++i) {
    const LinkId id(static_cast<std::int64_t>(i));
    CHECK(links.matching(links.name(id)) == std::vector<LinkId>{id});
  }
}

TEST_CASE("a last socket with fewer GPUs has its bridge too") {
  ClusterSpec cluster = tests::small_cluster(1, 3, 1);
  costmodel::ScaleUpSpec& up = cluster.groups[0].node.scale_up;
  up.kind = costmodel::ScaleUpKind::pcie;
  up.gpus_per_socket = 2;
  up.socket_bridge = costmodel::Sourced<costmodel::BytesPerSecond>{costmodel::BytesPerSecond(20e9),
                                                                   costmodel::Provenance::given};
  const ClusterMap map(cluster, {});
  const LinkTable links(map, Spine::even);
  CHECK(names(links, "node0.socket*") ==
        std::vector<std::string>{"node0.socket0.bridge", "node0.socket1.bridge"});
}

TEST_CASE("a pattern that finds nothing is an error that names links there are") {
  const ClusterSpec cluster = tests::small_cluster(2, 2, 2);
  const ClusterMap map(cluster, {});
  const LinkTable links(map, Spine::even);
  CHECK_THROWS_WITH(links.matching("node7"), ContainsSubstring("no link is called \"node7\"") &&
                                                 ContainsSubstring("node0.gpu0.out to node1.nic1.in"));
}

TEST_CASE("leaves have uplinks only where the spine can be short of bandwidth") {
  using costmodel::FabricKind;
  const auto count = [](const ClusterSpec& cluster, Spine spine) {
    const ClusterMap map(cluster, {});
    const LinkTable links(map, spine);
    std::size_t leaves = 0;
    for (std::size_t i = 0; i < links.size(); ++i)
      if (links[LinkId(static_cast<std::int64_t>(i))].kind >= LinkKind::leaf_up) ++leaves;
    return leaves;
  };
  CHECK(count(oversubscribed(FabricKind::fat_tree, 4, 1.0), Spine::even) == 0);
  CHECK(count(oversubscribed(FabricKind::fat_tree, 4, 2.0), Spine::even) == 2 * 2);
  CHECK(count(oversubscribed(FabricKind::rail_optimised, 4, 2.0), Spine::even) == 2 * 2 * 2);
  // Hashed: a link for each card below, divided by the oversubscription.
  CHECK(count(oversubscribed(FabricKind::fat_tree, 4, 2.0), Spine::hashed) == 2 * 2 * 2);
  CHECK(count(oversubscribed(FabricKind::fat_tree, 4, 1.0), Spine::hashed) == 2 * 2 * 4);
  // One leaf: no way goes above it.
  CHECK(count(oversubscribed(FabricKind::fat_tree, 2, 2.0), Spine::even) == 0);
}

TEST_CASE("uplinks carry the cards below over the oversubscription, a smaller last leaf less") {
  const ClusterSpec cluster = oversubscribed(costmodel::FabricKind::fat_tree, 3, 4.0);
  const ClusterMap map(cluster, {});
  const LinkTable links(map, Spine::even);
  CHECK(links[links.matching("leaf0.up").front()].capacity.value == Approx(2 * 2 * 50e9 / 4));
  CHECK(links[links.matching("leaf1.down").front()].capacity.value == Approx(2 * 50e9 / 4));
  CHECK(names(links, "leaf*.up") == std::vector<std::string>{"leaf0.up", "leaf1.up"});
  const ClusterSpec rails = oversubscribed(costmodel::FabricKind::rail_optimised, 4, 2.0);
  const ClusterMap rail_map(rails, {});
  const LinkTable hashed(rail_map, Spine::hashed);
  CHECK(names(hashed, "leaf1.rail1") ==
        std::vector<std::string>{"leaf1.rail1.up.spine0", "leaf1.rail1.down.spine0"});
}

TEST_CASE("the port of a GPU in a mesh carries what is left of its pair links") {
  ClusterSpec cluster = tests::small_cluster(1, 4, 4);
  costmodel::ScaleUpSpec& up = cluster.groups[0].node.scale_up;
  up.kind = costmodel::ScaleUpKind::mesh;
  up.per_gpu.value = costmodel::BytesPerSecond(300e9);
  up.one_peer.value = costmodel::BytesPerSecond(100e9);
  const ClusterMap map(cluster, {});
  LinkTable links(map, Spine::even);
  const auto capacity = [&](const std::string& name) {
    return links[links.matching(name).front()].capacity.value;
  };
  links.fail(links.matching("node0.gpu1-gpu3").front());
  links.degrade(links.matching("node0.gpu1-gpu0").front(), 0.5);
  CHECK(capacity("node0.gpu1.out") == Approx(150e9));
  CHECK(capacity("node0.gpu3.in") == Approx(200e9));
  CHECK(capacity("node0.gpu0.in") == Approx(250e9));
  for (const char* whole :
       {"node0.gpu1.in", "node0.gpu3.out", "node0.gpu0.out", "node0.gpu2.out", "node0.gpu2.in"})
    CHECK(capacity(whole) == Approx(300e9));
  // A whole node at half of its bandwidth: the port no less than that.
  LinkTable half(map, Spine::even);
  for (const LinkId id : half.matching("node0")) half.degrade(id, 0.5);
  for (const LinkId id : half.matching("node0.gpu*.out")) CHECK(half[id].capacity.value == Approx(150e9));
  // Without any pair link there is no way out.
  for (const LinkId id : links.matching("node0.gpu2-gpu*")) links.fail(id);
  CHECK(links[links.matching("node0.gpu2.out").front()].failed);
  CHECK(!links[links.matching("node0.gpu2.in").front()].failed);
}

TEST_CASE("degraded and failed links keep their names and lose what they carry") {
  const ClusterSpec cluster = tests::small_cluster(1, 2, 2);
  const ClusterMap map(cluster, {});
  LinkTable links(map, Spine::even);
  const LinkId id = links.matching("node0.nic1.out").front();
  links.degrade(id, 0.5);
  CHECK(links[id].capacity.value == Approx(25e9));
  CHECK(!links[id].failed);
  links.fail(id);
  CHECK(links[id].failed);
}
