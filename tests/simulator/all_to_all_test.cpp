// An all-to-all as one sum of its messages and message by message: the same bytes on every link where it is
// balanced, and what bad links do to both.
#include <algorithm>
#include <string>
#include <vector>

#include "tests/simulator/simulated_case.h"

using simulator::AllToAll;
using simulator::LinkId;
using simulator::LinkKind;
using simulator::WhatIf;
using tests::SimulatedCase;

namespace {

costmodel::Plan ulysses(int size) {
  costmodel::Plan plan;
  plan.transport = costmodel::Transport::all_to_all;
  plan.ulysses = size;
  plan.layout = costmodel::Layout::contiguous;
  return plan;
}

WhatIf in_rounds(int window = 4) {
  WhatIf what_if;
  what_if.all_to_all = AllToAll::rounds;
  what_if.window = window;
  return what_if;
}

costmodel::Scenario on(costmodel::ClusterSpec cluster) {
  costmodel::Scenario scenario = tests::eight_gpu_nodes(16, 4096, {costmodel::MaskKind::full, 0});
  scenario.cluster = std::move(cluster);
  return scenario;
}

costmodel::ClusterSpec fabric(costmodel::FabricKind kind, int nodes_per_leaf) {
  costmodel::ClusterSpec cluster = tests::small_cluster(4, 4, 4);
  cluster.fabric = {kind, {4.0, costmodel::Provenance::given}, nodes_per_leaf};
  return cluster;
}

costmodel::ClusterSpec pcie(double bridge) {
  costmodel::ClusterSpec cluster = tests::small_cluster(2, 8, 8);
  costmodel::ScaleUpSpec& up = cluster.groups[0].node.scale_up;
  up.kind = costmodel::ScaleUpKind::pcie;
  up.gpus_per_socket = 4;
  up.socket_bridge = costmodel::Sourced<costmodel::BytesPerSecond>{costmodel::BytesPerSecond(bridge),
                                                                   costmodel::Provenance::given};
  return cluster;
}

costmodel::ClusterSpec mesh() {
  costmodel::ClusterSpec cluster = tests::small_cluster(1, 8, 8);
  costmodel::ScaleUpSpec& up = cluster.groups[0].node.scale_up;
  up.kind = costmodel::ScaleUpKind::mesh;
  up.one_peer.value = up.per_gpu.value / 7.0;
  return cluster;
}

std::vector<double> bytes_by_link(const SimulatedCase& c, std::size_t collective) {
  std::vector<double> bytes(c.links.size(), 0.0);
  for (const simulator::Flow& flow : c.phases[0].flows.collectives[collective].flows)
    for (const LinkId link : flow.route.way()) bytes[link.at()] += flow.bytes;
  return bytes;
}

double makespan(const SimulatedCase& c) {
  return tests::in_child([&] {
    tests::WholeNetwork network(c);
    const std::vector<double> ends = c.run(network.engine, 0).ends.back();
    return std::vector<double>{*std::max_element(ends.begin(), ends.end())};
  })[0];
}

}  // namespace

TEST_CASE("all-to-all: the sum of the messages puts on every link what the messages put there") {
  using costmodel::FabricKind;
  for (const costmodel::ClusterSpec& cluster :
       {fabric(FabricKind::fat_tree, 1), fabric(FabricKind::fat_tree, 2),
        fabric(FabricKind::rail_optimised, 2), fabric(FabricKind::rail_optimised, 4), pcie(20e9)}) {
    const SimulatedCase sum(on(cluster), ulysses(16)), messages(on(cluster), ulysses(16), in_rounds());
    REQUIRE(!sum.phases[0].flows.collectives.empty());
    for (std::size_t k = 0; k < sum.phases[0].flows.collectives.size(); ++k) {
      const std::vector<double> one = bytes_by_link(sum, k), many = bytes_by_link(messages, k);
      for (std::size_t i = 0; i < one.size(); ++i) {
        CAPTURE(sum.links.name(LinkId(static_cast<std::int64_t>(i))), cluster.fabric.nodes_per_leaf);
        CHECK(one[i] == Approx(many[i]).epsilon(1e-12));
      }
    }
  }
}

TEST_CASE("all-to-all: alone on the links the sum takes what the cost model says, on rails too") {
  using costmodel::FabricKind;
  for (const costmodel::ClusterSpec& cluster :
       {fabric(FabricKind::fat_tree, 2), fabric(FabricKind::rail_optimised, 2),
        fabric(FabricKind::rail_optimised, 4), pcie(20e9), pcie(1000e9)}) {
    const SimulatedCase c(on(cluster), ulysses(16));
    CAPTURE(static_cast<int>(cluster.fabric.kind), cluster.fabric.nodes_per_leaf);
    CHECK(makespan(c) == Approx(c.walk(0, nullptr).time.value).epsilon(1e-9));
  }
}

TEST_CASE("all-to-all: nothing leaves a GPU faster than its own link") {
  costmodel::ClusterSpec cluster = fabric(costmodel::FabricKind::fat_tree, 4);
  costmodel::ScaleUpSpec& up = cluster.groups[0].node.scale_up;
  up.per_gpu.value = up.one_peer.value = costmodel::BytesPerSecond(10e9);
  const SimulatedCase c(on(cluster), ulysses(16));
  for (const simulator::Flow& flow : c.phases[0].flows.collectives[0].of(5)) CHECK(flow.route.rate == 10e9);
}

TEST_CASE("all-to-all: messages in a mesh go over the link of their pair, or around it") {
  const SimulatedCase whole(on(mesh()), ulysses(8), in_rounds(1));
  const simulator::CollectiveFlows& flows = whole.phases[0].flows.collectives[0];
  for (const simulator::Flow& flow : flows.of(2)) {
    CHECK(flow.route.count == 3);
    CHECK(whole.links[flow.route.links[1]].kind == LinkKind::gpu_pair);
    CHECK(flow.route.rate == whole.scenario.cluster.groups[0].node.scale_up.one_peer.value.value);
  }
  // All at once, the message that goes around meets another on each half of its way.
  WhatIf broken = in_rounds(8);
  broken.failed.emplace_back("node0.gpu2-gpu3");
  const SimulatedCase around(on(mesh()), ulysses(8), broken);
  CHECK(around.router->rerouted() > 0);
  CHECK(makespan(around) > makespan(SimulatedCase(on(mesh()), ulysses(8), in_rounds(8))) * (1 + 1e-6));
}

TEST_CASE("all-to-all: no more messages of a rank are in flight than the window lets") {
  // Short ones, each as long as its latency: 7 peers in 7, 4 and 1 rounds.
  costmodel::Scenario scenario = on(tests::small_cluster(1, 8, 8));
  scenario.workload.sequence = 1024;
  const double alpha = scenario.cluster.groups[0].node.scale_up.alpha.value.value;
  const double one = makespan(SimulatedCase(scenario, ulysses(8), in_rounds(1))),
               two = makespan(SimulatedCase(scenario, ulysses(8), in_rounds(2))),
               all = makespan(SimulatedCase(scenario, ulysses(8), in_rounds(7)));
  // Q, K, V before and O after.
  double exchanges = 0;
  const SimulatedCase c(scenario, ulysses(8));
  for (const costmodel::Op& op : c.schedule.phases[0].ops)
    exchanges += op.kind == costmodel::OpKind::collective ? 1 : 0;
  CHECK((one - all) / (exchanges * alpha) == Approx(6.0).epsilon(0.05));
  CHECK((two - all) / (exchanges * alpha) == Approx(3.0).epsilon(0.05));
}

TEST_CASE("all-to-all: a bad link slows the sum of the messages too") {
  const auto slowed = [](const costmodel::ClusterSpec& cluster, const WhatIf& what_if) {
    return makespan(SimulatedCase(on(cluster), ulysses(cluster.groups[0].count * cluster.groups[0].node.gpus),
                                  what_if)) /
           makespan(
               SimulatedCase(on(cluster), ulysses(cluster.groups[0].count * cluster.groups[0].node.gpus)));
  };
  WhatIf card;
  card.degraded.push_back({"node1.nic2", 0.1});
  CHECK(slowed(fabric(costmodel::FabricKind::fat_tree, 2), card) > 1.5);
  WhatIf pair;
  pair.failed.emplace_back("node0.gpu2-gpu3");
  CHECK(slowed(mesh(), pair) > 1.0);
  WhatIf lost;
  lost.degraded.push_back({"node1.nic1", 0.5});
  lost.failed.emplace_back("node0.nic0");
  CHECK(slowed(fabric(costmodel::FabricKind::rail_optimised, 2), lost) > 1.1);
}
