// Which links may carry two flows at once: cases that can be counted, and a check against what really flew.
#include "simulator/sharing.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "tests/simulator/simulated_case.h"

using simulator::LinkId;
using tests::SimulatedCase;

namespace {

costmodel::Plan ring_of(int ranks, int inner) {
  costmodel::Plan plan;
  plan.ring = ranks;
  plan.inner_ring = inner;
  return plan;
}

std::vector<std::string> shared_names(const SimulatedCase& c, std::size_t phase) {
  std::vector<std::string> names;
  for (const LinkId id : c.phases[phase].shared.links) names.push_back(c.links.name(id));
  std::sort(names.begin(), names.end());
  return names;
}

// When each link carried bytes.
class Usage final : public simulator::Recorder {
 public:
  void restart() override {}
  bool wants(std::size_t) const override { return false; }
  void operation(const simulator::OpRecord&) override {}
  void flow(const simulator::Flow& flow, double, double begin, double end) override {
    for (const LinkId link : flow.route.way()) flights_[link.value].emplace_back(begin, end);
  }
  // The longest overlap of two flows on one link, as a share of the last end.
  double overlap() {
    double longest = 0, last = 0;
    for (auto& [link, list] : flights_) {
      std::sort(list.begin(), list.end());
      for (std::size_t i = 1; i < list.size(); ++i) {
        longest = std::max(longest, std::min(list[i - 1].second, list[i].second) - list[i].first);
        list[i].second = std::max(list[i].second, list[i - 1].second);
      }
      last = std::max(last, list.back().second);
    }
    return last > 0 ? longest / last : 0;
  }

 private:
  std::map<std::int32_t, std::vector<std::pair<double, double>>> flights_;
};

}  // namespace

TEST_CASE("a forward ring shares nothing, a backward ring the links of its gradients") {
  const SimulatedCase c(tests::eight_gpu_nodes(8, 1024), ring_of(8, 8));
  CHECK(!c.phases[0].shared.any());
  // Every GPU sends a block and a gradient at once.
  CHECK(c.phases[1].shared.links.size() == 16);
  CHECK(c.phases[1].shared.most_senders == 1);
}

TEST_CASE("two GPUs on one card share it") {
  costmodel::Scenario scenario = tests::eight_gpu_nodes(16, 1024);
  scenario.cluster.groups[0].node.scale_out.nics = 4;
  // The outer ring leaves from every GPU.
  const SimulatedCase c(scenario, ring_of(16, 8));
  CHECK(c.phases[0].shared.most_senders == 2);
  CHECK(shared_names(c, 0).size() == 2 * 4 * 2);
  CHECK(shared_names(c, 0).front() == "node0.nic0.in");
  // The flat ring leaves each node once.
  CHECK(!SimulatedCase(scenario, ring_of(16, 16)).phases[0].shared.any());
}

TEST_CASE("uplinks of an oversubscribed leaf are shared by all that cross the spine") {
  costmodel::Scenario scenario = tests::eight_gpu_nodes(32, 1024);
  scenario.cluster.fabric = {costmodel::FabricKind::fat_tree, {4.0, costmodel::Provenance::given}, 2};
  const SimulatedCase c(scenario, ring_of(32, 8));
  CHECK(shared_names(c, 0) == std::vector<std::string>{"leaf0.down", "leaf0.up", "leaf1.down", "leaf1.up"});
  CHECK(c.phases[0].shared.most_senders == 8);  // nodes 1 and 3 send to another leaf
}

TEST_CASE("a mesh shares a pair's link only when it stands in for a failed one") {
  costmodel::Scenario scenario = tests::eight_gpu_nodes(4, 1024);
  costmodel::ScaleUpSpec& up = scenario.cluster.groups[0].node.scale_up;
  up.kind = costmodel::ScaleUpKind::mesh;
  up.one_peer.value = costmodel::BytesPerSecond(100e9);
  CHECK(!SimulatedCase(scenario, ring_of(4, 4)).phases[0].shared.any());
  simulator::WhatIf failed;
  failed.failed.push_back("node0.gpu0-gpu1");
  // 0 -> 2 -> 1 instead of 0 -> 1: into GPU 2 beside what 1 sends it, and out beside what 2 sends 3.
  CHECK(shared_names(SimulatedCase(scenario, ring_of(4, 4), failed), 0) ==
        std::vector<std::string>{"node0.gpu2.in", "node0.gpu2.out"});
}

TEST_CASE("where nothing is called shared no two flows ever meet on a link") {
  simulator::WhatIf uneven;
  uneven.jitter = 0.2;
  uneven.start_spread = costmodel::Seconds(2e-3);
  int checked = 0;
  double worst = 0;
  std::string where;
  for (const int ranks : {8, 32})
    for (const std::int64_t tokens : {std::int64_t{256}, std::int64_t{4096}})
      for (const bool pcie : {false, true}) {
        costmodel::Scenario scenario = tests::eight_gpu_nodes(ranks, tokens);
        if (pcie) scenario.cluster.groups[0].node.scale_up.kind = costmodel::ScaleUpKind::pcie;
        std::vector<tests::NamedPlan> plans = tests::one_of_each(ranks);
        if (ranks == 8)
          for (const costmodel::Plan& plan : tests::every_plan(8)) plans.push_back({axes_text(plan), plan});
        for (const tests::NamedPlan& named : plans) {
          if (reject(scenario, named.plan)) continue;
          const SimulatedCase c(scenario, named.plan, uneven);
          for (std::size_t p = 0; p < c.phases.size(); ++p) {
            if (c.phases[p].shared.any()) continue;
            Usage usage;
            c.recurrence(p, 3, false, &usage);
            ++checked;
            if (usage.overlap() <= worst) continue;
            worst = usage.overlap();
            where = named.name + ", " + std::string(c.schedule.phases[p].name);
          }
        }
      }
  CAPTURE(where, checked);
  CHECK(worst < 1e-12);
  CHECK(checked > 100);
}
