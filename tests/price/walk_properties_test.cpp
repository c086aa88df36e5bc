// What must hold for the walk of every method on every kind of cluster.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "costmodel/price/op_price.h"
#include "costmodel/price/walk.h"
#include "costmodel/schedule/lowering.h"
#include "tests/catch.h"
#include "tests/schedule/test_scenarios.h"

using namespace costmodel;

namespace {

// Tokens of one rank: from transfers that hide to transfers that do not.
constexpr std::array<std::int64_t, 2> shares{512, 16384};

struct NamedCluster {
  std::string name;
  ClusterSpec cluster;
};

std::vector<NamedCluster> regular_clusters() {
  constexpr auto given = Provenance::given;
  std::vector<NamedCluster> list;
  list.push_back({"one node", tests::small_cluster(1, 24, 24)});
  list.push_back({"own cards", tests::small_cluster(4, 8, 8)});
  list.push_back({"shared cards", tests::small_cluster(6, 4, 2)});
  list.push_back({"one card a node", tests::small_cluster(3, 8, 1)});
  list.push_back({"many small nodes", tests::small_cluster(12, 2, 1)});
  list.push_back({"oversubscribed fat tree", tests::small_cluster(4, 8, 4)});
  list.back().cluster.fabric = {FabricKind::fat_tree, {4.0, given}, 2};
  list.push_back({"oversubscribed rails", tests::small_cluster(4, 8, 8)});
  list.back().cluster.fabric = {FabricKind::rail_optimised, {2.0, given}, 2};
  list.push_back({"two sockets", tests::small_cluster(3, 8, 2)});
  ScaleUpSpec& pcie = list.back().cluster.groups[0].node.scale_up;
  pcie.kind = ScaleUpKind::pcie;
  pcie.gpus_per_socket = 4;
  pcie.socket_bridge = Sourced<BytesPerSecond>{BytesPerSecond(20e9), given};
  return list;
}

NamedCluster two_kinds_of_nodes() {
  NamedCluster mixed{"two kinds of nodes", tests::small_cluster(2, 8, 8)};
  NodeGroup slow = mixed.cluster.groups[0];
  slow.count = 1;
  slow.node.device.tensor_rate.value = FlopsPerSecond(100e12);
  slow.node.scale_out.nics = 2;
  slow.node.scale_up.alpha.value = Seconds(9e-6);
  mixed.cluster.groups.push_back(slow);
  return mixed;
}

// One plan on one cluster, ready to be walked in several ways.
struct Setting {
  Setting(const ClusterSpec& cluster, const Plan& plan, std::int64_t tokens, Mask mask)
      : scenario(tests::small_scenario(1, 1, tokens * plan.ring * plan.ulysses * plan.tensor, mask)) {
    scenario.cluster = cluster;
    scenario.model = tests::small_model(288, 288, 8);
    rejected = reject(scenario, plan).has_value();
    if (!rejected) schedule = lower(scenario, plan);
  }
  PhaseTime walk(const Phase& phase, const Calibration& calibration, const WalkOptions& options = {}) const {
    const ClusterMap map(scenario.cluster, scenario.placement);
    const std::vector<const Calibration*> list(scenario.cluster.groups.size(), &calibration);
    WalkScratch scratch(map);
    return costmodel::walk(schedule, phase, 2, map, list, scratch, options);
  }

  Scenario scenario;
  Schedule schedule;
  bool rejected = true;
};

Calibration with_slowdown(double slowdown) {
  Calibration c = built_in_calibration("a100-sxm-80gb");
  c.compute_slowdown.value = slowdown;
  return c;
}

// A list of plans without those that differ in nothing that time depends on.
std::vector<Plan> plans_of(int ranks) {
  std::vector<Plan> plans = tests::every_plan(ranks);
  std::erase_if(plans,
                [](const Plan& p) { return p.grad_dtype == GradDtype::fp32 && p.layout != Layout::zigzag; });
  return plans;
}

template <class Check>
void for_every_setting(const std::vector<NamedCluster>& clusters, const std::vector<int>& sizes,
                       const std::vector<Mask>& masks, Check check) {
  for (const NamedCluster& cluster : clusters)
    for (const int ranks : sizes)
      for (const Plan& plan : plans_of(ranks))
        for (const Mask& mask : masks)
          for (const std::int64_t tokens : shares) {
            const Setting setting(cluster.cluster, plan, tokens, mask);
            if (setting.rejected) continue;
            for (const Phase& phase : setting.schedule.phases) {
              INFO(cluster.name << ": " << axes_text(plan) << ", " << phase.name << ", " << tokens
                                << " tokens a rank, mask " << static_cast<int>(mask.kind));
              check(setting, phase);
            }
          }
}

const std::vector<Mask> all_masks{{MaskKind::causal, 0}, {MaskKind::full, 0}, {MaskKind::sliding, 3000}};
const std::vector<Mask> causal{{MaskKind::causal, 0}};

}  // namespace

TEST_CASE("walking a few ranks gives what walking all gives") {
  WalkOptions everyone;
  everyone.force_all = true;
  const Calibration calibration = with_slowdown(0.1);
  int shortened = 0;
  for_every_setting(regular_clusters(), {3, 8, 12, 24}, all_masks, [&](const Setting& s, const Phase& phase) {
    const PhaseTime few = s.walk(phase, calibration);
    if (few.scope == WalkScope::all) return;
    const PhaseTime all = s.walk(phase, calibration, everyone);
    ++shortened;
    if (few.time.value != Approx(all.time.value).epsilon(1e-12)) REQUIRE(few.time.value == all.time.value);
    if (few.compute.value != Approx(all.compute.value).epsilon(1e-12))
      REQUIRE(few.compute.value == all.compute.value);
    if (few.transfer.value != Approx(all.transfer.value).epsilon(1e-12))
      REQUIRE(few.transfer.value == all.transfer.value);
  });
  CHECK(shortened > tests::thinned_count(10000, tests::every_nth_plan));
}

TEST_CASE("the envelope is never below the exact time") {
  WalkOptions bounded;
  bounded.position_limit = 1;
  for (const double slowdown : {0.0, 0.1}) {
    const Calibration calibration = with_slowdown(slowdown);
    int bounds = 0;
    for_every_setting(regular_clusters(), {6, 16}, all_masks, [&](const Setting& s, const Phase& phase) {
      const PhaseTime bound = s.walk(phase, calibration, bounded);
      if (bound.scope != WalkScope::envelope) return;
      ++bounds;
      const PhaseTime exact = s.walk(phase, calibration);
      CAPTURE(slowdown);
      if (bound.time.value < exact.time.value * (1 - 1e-12)) REQUIRE(bound.time.value >= exact.time.value);
    });
    CHECK(bounds > tests::thinned_count(1000, tests::every_nth_plan));
  }
}

TEST_CASE("no phase is shorter than its busiest rank's compute or any port's transfers") {
  WalkOptions options;
  std::vector<OpTime> timeline;
  std::vector<Rank> ranks;
  options.force_all = true;
  options.timeline = &timeline;
  options.ranks = &ranks;
  std::vector<NamedCluster> clusters = regular_clusters();
  clusters.push_back(two_kinds_of_nodes());
  const Calibration calibration = with_slowdown(0.1);
  for_every_setting(clusters, {8, 12, 24}, causal, [&](const Setting& s, const Phase& phase) {
    const PhaseTime time = s.walk(phase, calibration, options);
    double late = std::max(0.0, time.compute.value - time.time.value);
    const ClusterMap map(s.scenario.cluster, s.scenario.placement);
    std::vector<std::vector<EdgeTime>> edges(phase.transfers.size());
    for (std::size_t t = 0; t < edges.size(); ++t)
      exchange_times(s.schedule, phase.transfers[t], map, edges[t]);
    for (std::size_t r = 0; r < ranks.size(); ++r) {
      std::array<double, 3> port{};
      for (const Op& op : phase.ops)
        if (op.kind == OpKind::exchange) {
          const EdgeTime& edge = edges[static_cast<std::size_t>(op.work)][r];
          port[static_cast<std::size_t>(edge.link)] += edge.occupancy.value;
        }
      late = std::max({late, port[1] - time.time.value, port[2] - time.time.value});
    }
    REQUIRE(late <= time.time.value * 1e-12);
  });
}

TEST_CASE("operations start when what they wait for has ended, and follow each other on a lane") {
  WalkOptions options;
  std::vector<OpTime> timeline;
  options.timeline = &timeline;
  std::vector<NamedCluster> clusters = regular_clusters();
  clusters.push_back(two_kinds_of_nodes());
  const Calibration calibration = with_slowdown(0.1);
  for_every_setting(clusters, {8, 12, 24}, causal, [&](const Setting& s, const Phase& phase) {
    const PhaseTime time = s.walk(phase, calibration, options);
    const std::size_t count = phase.ops.size();
    REQUIRE(timeline.size() == count * static_cast<std::size_t>(time.walked));
    double worst = 0, last = 0;  // start before the end of an earlier operation
    for (std::size_t row = 0; row < timeline.size(); row += count) {
      std::array<double, lane_count> lane_end{};
      for (std::size_t i = 0; i < count; ++i) {
        const Op& op = phase.ops[i];
        const OpTime& t = timeline[row + i];
        double& lane = lane_end[static_cast<std::size_t>(op.lane)];
        worst = std::max({worst, lane - t.start, t.ready - t.start, t.start - t.end});
        for (std::size_t w = 0; w < op.wait_count; ++w)
          worst = std::max(worst, timeline[row + op.waits[w].at()].end - t.start);
        lane = t.end;
        last = std::max(last, t.end);
      }
    }
    REQUIRE(worst <= 0);
    REQUIRE(last == time.time.value);
  });
}

TEST_CASE("more bandwidth never makes a plan slower when computing is undisturbed") {
  const Calibration calibration = with_slowdown(0);
  std::vector<NamedCluster> clusters = regular_clusters();
  clusters.push_back(two_kinds_of_nodes());
  for_every_setting(clusters, {8, 24}, causal, [&](const Setting& s, const Phase& phase) {
    Setting faster = s;
    double before = s.walk(phase, calibration).time.value;
    for (const bool network : {false, true}) {
      for (NodeGroup& group : faster.scenario.cluster.groups) {
        ScaleUpSpec& up = group.node.scale_up;
        if (network)
          group.node.scale_out.nic_bandwidth.value = group.node.scale_out.nic_bandwidth.value * 1.7;
        if (network) continue;
        up.per_gpu.value = up.per_gpu.value * 1.7;
        up.one_peer.value = up.one_peer.value * 1.7;
        if (up.socket_bridge) up.socket_bridge->value = up.socket_bridge->value * 1.7;
      }
      const double after = faster.walk(phase, calibration).time.value;
      if (after > before * (1 + 1e-12)) REQUIRE(after <= before);
      before = after;
    }
  });
}

TEST_CASE("with endless bandwidth a full-mask plan takes the sum of its computing") {
  ClusterSpec cluster = tests::small_cluster(4, 8, 8);
  NodeSpec& node = cluster.groups[0].node;
  node.scale_up.per_gpu.value = node.scale_up.one_peer.value = BytesPerSecond(1e30);
  node.scale_out.nic_bandwidth.value = BytesPerSecond(1e30);
  node.scale_up.alpha.value = node.scale_out.alpha.value = Seconds(0);
  const Calibration calibration = with_slowdown(0);
  for_every_setting({{"endless", cluster}}, {8, 24}, {{MaskKind::full, 0}},
                    [&](const Setting& s, const Phase& phase) {
                      const PhaseTime time = s.walk(phase, calibration);
                      REQUIRE(time.time.value == Approx(time.compute.value).epsilon(1e-12));
                    });
}

TEST_CASE("with instant computing a ring takes the sum of its transfers") {
  ClusterSpec cluster = tests::small_cluster(1, 8, 8);
  cluster.groups[0].node.device = tests::ideal_device(1e40);
  const Calibration calibration = tests::ideal_calibration();
  for_every_setting({{"instant", cluster}}, {8}, causal, [&](const Setting& s, const Phase& phase) {
    if (s.schedule.grid.inner != 8 || phase.transfers.empty()) return;
    const PhaseTime time = s.walk(phase, calibration);
    // One port: every transfer one after the other, each with its latency where nothing else fills it.
    if (phase.direction == Direction::forward)
      REQUIRE(time.time.value == Approx(time.transfer.value).epsilon(1e-9));
    else
      REQUIRE(time.time <= time.transfer * (1 + 1e-9));
  });
}

TEST_CASE("a cluster of two kinds of nodes is walked rank by rank and is as slow as its slow nodes") {
  const NamedCluster mixed = two_kinds_of_nodes();
  const Calibration calibration = with_slowdown(0);
  for_every_setting({mixed}, {24}, causal, [&](const Setting& s, const Phase& phase) {
    const PhaseTime time = s.walk(phase, calibration);
    REQUIRE(time.scope == WalkScope::all);
    REQUIRE(time.walked == 24);
    Setting fast = s;
    fast.scenario.cluster = tests::small_cluster(3, 8, 8);
    REQUIRE(time.time.value >= fast.walk(phase, calibration).time.value * (1 - 1e-12));
    Setting slow = s;
    slow.scenario.cluster.groups = {{3, mixed.cluster.groups[1].node}};
    if (time.time.value > slow.walk(phase, calibration).time.value * (1 + 1e-12))
      REQUIRE(time.time.value <= slow.walk(phase, calibration).time.value);
  });
}
