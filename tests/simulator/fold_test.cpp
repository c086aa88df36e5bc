// The symmetric fold: taken where the cluster and the plan repeat themselves, refused with a reason where
// anything differs, and then nothing but a shorter way to the same times.
#include "simulator/fold.h"

#include <functional>
#include <string>
#include <vector>

#include "tests/simulator/simulated_case.h"

using simulator::Fold;
using simulator::WhatIf;
using tests::SimulatedCase;

namespace {

// Four GPUs a node, two nodes a leaf, spine 4:1: every phase that leaves its nodes contends.
costmodel::Scenario narrow_spine(int ranks, costmodel::FabricKind kind) {
  costmodel::Scenario scenario = tests::eight_gpu_nodes(ranks, 1024, {costmodel::MaskKind::full, 0});
  scenario.cluster = tests::small_cluster(ranks / 4, 4, 4);
  scenario.cluster.fabric = {kind, {4.0, costmodel::Provenance::given}, 2};
  return scenario;
}

Fold fold_of(const costmodel::Scenario& scenario, const costmodel::Plan& plan, const WhatIf& what_if = {}) {
  const SimulatedCase c(scenario, plan, what_if);
  bool alike = true;
  for (const tests::SimulatedPhase& phase : c.phases) alike &= phase.times.prices().alike();
  return symmetric_fold(c.schedule, c.map, what_if, alike);
}

costmodel::Plan double_ring(int ranks, int inner) {
  costmodel::Plan plan;
  plan.ring = ranks;
  plan.inner_ring = inner;
  plan.layout = costmodel::Layout::contiguous;
  return plan;
}

std::vector<tests::NamedPlan> folding_plans(int ranks) {
  std::vector<tests::NamedPlan> plans;
  plans.push_back({"double ring", double_ring(ranks, 4)});
  costmodel::Plan burst = double_ring(ranks, 4);
  burst.backward = costmodel::BackwardSide::q;
  plans.push_back({"burst", burst});
  costmodel::Plan hybrid = double_ring(ranks / 4, 1);
  hybrid.transport = costmodel::Transport::hybrid;
  hybrid.ulysses = 4;
  plans.push_back({"hybrid", hybrid});
  hybrid.ulysses = 16;
  hybrid.ring = hybrid.inner_ring = ranks / 16;
  plans.push_back({"wide hybrid", hybrid});
  costmodel::Plan ulysses;
  ulysses.transport = costmodel::Transport::all_to_all;
  ulysses.ulysses = 64;
  ulysses.data = ranks / 64;
  ulysses.layout = costmodel::Layout::contiguous;
  plans.push_back({"ulysses", ulysses});
  costmodel::Plan tensor;
  tensor.transport = costmodel::Transport::tensor;
  tensor.tensor = 16;
  tensor.data = ranks / 16;
  tensor.layout = costmodel::Layout::contiguous;
  plans.push_back({"tensor", tensor});
  costmodel::Plan gather = double_ring(ranks, ranks);
  gather.transport = costmodel::Transport::all_gather;
  plans.push_back({"all gather", gather});
  return plans;
}

}  // namespace

TEST_CASE("folded and whole clusters give the same times") {
  int folded = 0, contended = 0;
  for (const auto kind : {costmodel::FabricKind::fat_tree, costmodel::FabricKind::rail_optimised})
    for (const tests::NamedPlan& named : folding_plans(64)) {
      const costmodel::Scenario scenario = narrow_spine(64, kind);
      if (reject(scenario, named.plan)) continue;
      const Fold fold = fold_of(scenario, named.plan);
      CAPTURE(named.name, static_cast<int>(kind), fold.refused, fold.world.simulated);
      if (!fold.world.folded()) {
        CHECK(!fold.refused.empty());
        continue;
      }
      ++folded;
      const SimulatedCase whole(scenario, named.plan);
      const SimulatedCase part(scenario, named.plan, {}, tests::a100_calibration(), fold.world.simulated);
      const auto ends_of = [](const SimulatedCase& c) {
        return tests::in_child([&] {
          tests::WholeNetwork network(c);
          std::vector<double> ends;
          for (std::size_t p = 0; p < c.phases.size(); ++p) {
            const std::vector<double> own = c.run(network.engine, p, 2).ends.back();
            ends.insert(ends.end(), own.begin(), own.end());
          }
          return ends;
        });
      };
      const std::vector<double> all = ends_of(whole), few = ends_of(part);
      const std::size_t width = whole.world.count(), period = part.world.count();
      for (std::size_t p = 0; p < whole.phases.size(); ++p) {
        contended += whole.phases[p].shared.any() ? 1 : 0;
        CHECK(whole.phases[p].shared.any() == part.phases[p].shared.any());
        std::vector<double> own(all.begin() + static_cast<std::ptrdiff_t>(p * width),
                                all.begin() + static_cast<std::ptrdiff_t>((p + 1) * width));
        std::vector<double> images;
        for (std::size_t w = 0; w < width; ++w) images.push_back(few[p * period + w % period]);
        CAPTURE(p);
        CHECK(tests::worst_difference(own, images) < 1e-9);
      }
    }
  CHECK(folded >= 8);
  CHECK(contended >= 8);
}

TEST_CASE("the fold is refused, with the reason, wherever something differs") {
  const costmodel::Scenario scenario = narrow_spine(64, costmodel::FabricKind::fat_tree);
  const costmodel::Plan plan = double_ring(64, 4);
  CHECK(fold_of(scenario, plan).world.simulated < 64);
  const auto refusal = [&](const std::function<void(WhatIf&)>& change) {
    WhatIf what_if;
    change(what_if);
    const Fold fold = fold_of(scenario, plan, what_if);
    CHECK(!fold.world.folded());
    return fold.refused;
  };
  CHECK(refusal([](WhatIf& w) {
          w.stragglers.push_back({costmodel::Rank(3), 1.2});
        }) == "a GPU is slower than the others");
  CHECK(refusal([](WhatIf& w) { w.degraded.push_back({"node0.nic0.out", 0.5}); }) == "a link differs");
  CHECK(refusal([](WhatIf& w) { w.failed.emplace_back("node0.nic0.out"); }) == "a link differs");
  CHECK(refusal([](WhatIf& w) { w.jitter = 0.1; }) == "kernels are noisy");
  CHECK(refusal([](WhatIf& w) { w.start_spread = costmodel::Seconds(1e-3); }) ==
        "ranks begin at different times");
  CHECK(refusal([](WhatIf& w) { w.spine = simulator::Spine::hashed; }) == "flows are hashed onto uplinks");
}

TEST_CASE("the fold is refused for uneven work, uneven leaves, idle GPUs and placements") {
  costmodel::Scenario scenario = narrow_spine(64, costmodel::FabricKind::fat_tree);
  const costmodel::Plan plan = double_ring(64, 4);
  scenario.workload.mask = {costmodel::MaskKind::causal, 0};
  CHECK(fold_of(scenario, plan).refused == "ranks compute different amounts");
  scenario.workload.mask = {costmodel::MaskKind::full, 0};
  scenario.cluster.fabric.nodes_per_leaf = 3;
  CHECK(fold_of(scenario, plan).refused == "the last leaf has fewer nodes than the others");
  scenario.cluster.fabric.nodes_per_leaf = 2;
  scenario.cluster.groups[0].count = 18;
  CHECK(fold_of(scenario, plan).refused == "the plan leaves GPUs idle");
  scenario.cluster.groups[0].count = 16;
  for (int d = 0; d < 64; ++d) scenario.placement.emplace_back(d);
  CHECK(fold_of(scenario, plan).refused == "nodes differ, or ranks are placed by hand");
  scenario.placement.clear();
  // Groups of four on nodes of six: three groups and two nodes repeat themselves, one node does not.
  costmodel::Scenario six = scenario;
  six.cluster = tests::small_cluster(4, 6, 6);
  costmodel::Plan tensor;
  tensor.transport = costmodel::Transport::tensor;
  tensor.tensor = 4;
  tensor.data = 6;
  tensor.layout = costmodel::Layout::contiguous;
  CHECK(fold_of(six, tensor).world.simulated == 12);
  // A flat ring leaves its nodes once; shifted by whole leaves it still does, so it folds too.
  CHECK(fold_of(scenario, double_ring(64, 64)).world.folded());
}
