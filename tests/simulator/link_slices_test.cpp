// How full links were over time: no slice holds more than its link carries in it, and no byte is lost, also
// where flows change their rate because others come and go.
#include <algorithm>
#include <map>
#include <vector>

#include "costmodel/plan/plan_text.h"
#include "simulator/simulation.h"
#include "simulator/timeline.h"
#include "tests/simulator/simulated_case.h"

using simulator::LinkSlices;
using simulator::Simulation;
using simulator::SimulationOptions;
using simulator::SimulationResult;
using simulator::Spine;

namespace {

struct Extremes {
  double fullest = 0;      // share of what a link carries in a slice
  double worst_sum = 0;    // relative error of a link's bytes
  double partly_full = 0;  // slices between empty and full
};

Extremes extremes_of(const costmodel::Scenario& scenario, const std::string& axes, Spine spine, int slices) {
  const std::vector<double> found = tests::in_child([&] {
    costmodel::Pricer pricer(scenario);
    costmodel::Plan plan;
    costmodel::apply_axes(plan, axes);
    SimulationOptions options;
    options.engine = std::nullopt;
    options.what_if.spine = spine;
    // Different ranks, so that flows come and go at different times; and so many that nothing is added.
    options.what_if.jitter = 0.2;
    options.noisy_repetitions = 100;
    Simulation simulation(pricer, plan, options);
    const SimulationResult result = simulation.run();
    const simulator::Timeline timeline =
        simulator::record(simulation, result, simulator::TraceRanks::representative, slices);
    Extremes out;
    std::map<simulator::LinkId, double> bytes;
    for (const LinkSlices& phase : timeline.slices)
      for (std::size_t l = 0; l < phase.links.size(); ++l)
        for (const double own : phase.bytes[l]) {
          const double share = own / (simulation.links()[phase.links[l]].capacity.value * phase.slice);
          out.fullest = std::max(out.fullest, share);
          out.partly_full += share > 0.01 && share < 0.99 ? 1 : 0;
          bytes[phase.links[l]] += own;
        }
    for (const simulator::LinkOutcome& link : result.links)
      out.worst_sum = std::max(out.worst_sum, std::abs(bytes[link.link] / link.bytes.value - 1));
    return std::vector<double>{out.fullest, out.worst_sum, out.partly_full};
  });
  return {found.at(0), found.at(1), found.at(2)};
}

}  // namespace

TEST_CASE("link slices: never more than the link carries, and all bytes are there") {
  struct Case {
    const char* axes;
    double oversubscription;
    Spine spine;
  };
  for (const Case& c : {Case{"transport=ring:ring=32:layout=zigzag:backward=kv", 4, Spine::even},
                        Case{"transport=ring:ring=32:layout=zigzag:backward=kv", 1, Spine::hashed},
                        Case{"transport=hybrid:ulysses=4:ring=8:layout=zigzag:backward=kv", 4, Spine::hashed},
                        Case{"transport=all_gather:ring=32:layout=zigzag", 4, Spine::even}})
    for (const int slices : {1, 7, 1000}) {
      INFO(c.axes << ", " << slices << " slices");
      costmodel::Scenario scenario = tests::eight_gpu_nodes(32, 512);
      scenario.model = tests::small_model(32, 32, 128);
      scenario.cluster.fabric.oversubscription.value = c.oversubscription;
      scenario.cluster.fabric.nodes_per_leaf = 1;
      const Extremes found = extremes_of(scenario, c.axes, c.spine, slices);
      CHECK(found.fullest <= 1 + 1e-9);
      // Short enough slices see the links full that all wait for.
      if (slices == 1000) CHECK(found.fullest > 1 - 1e-9);
      CHECK(found.worst_sum < 1e-9);
      CHECK(found.partly_full > 0);
    }
}
