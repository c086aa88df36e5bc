// Whole simulations: phases one after the other, micro-batches, what the recorder is told and what the sums
// say.
#include "simulator/simulation.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "costmodel/plan/plan_text.h"
#include "tests/simulator/simulated_case.h"

using simulator::Simulation;
using simulator::SimulationOptions;
using simulator::SimulationResult;

namespace {

costmodel::Scenario training(int batch) {
  costmodel::Scenario scenario = tests::eight_gpu_nodes(8, 1024);
  scenario.model = tests::small_model(32, 32, 128);
  scenario.model.layers = 6;
  scenario.workload.phase = costmodel::WorkPhase::training_step;
  scenario.workload.batch = batch;
  scenario.workload.accumulation = batch;
  return scenario;
}

costmodel::Plan plan_of(const std::string& axes) {
  costmodel::Plan plan;
  costmodel::apply_axes(plan, axes);
  return plan;
}

const char* const sharded = "ring=4:inner_ring=4:data=2:zero=3:layout=zigzag:backward=q:offload=optimizer";

// Everything that it is told.
class Notes final : public Simulation::PhaseRecorder {
 public:
  Notes(std::size_t phases, std::size_t links, bool all) : bytes(links), runs(phases), all_(all) {}
  void begin_phase(std::size_t phase, double) override { phase_ = phase, ++runs[phase]; }
  void restart() override { pending.clear(), pending_bytes.clear(); }
  bool wants(std::size_t) const override { return all_; }
  void operation(const simulator::OpRecord& r) override {
    if (runs[phase_] == 1) pending.emplace_back(phase_, r.rank, r.op, r.repetition);
  }
  void flow(const simulator::Flow& flow, double moved, double, double) override {
    for (const simulator::LinkId link : flow.route.way()) bytes[link.at()] += moved;
  }
  std::vector<double> bytes;
  std::vector<int> runs;
  std::vector<std::tuple<std::size_t, std::size_t, std::size_t, int>> pending;
  std::vector<double> pending_bytes;

 private:
  bool all_;
  std::size_t phase_ = 0;
};

}  // namespace

TEST_CASE("simulation: micro-batches that begin alike are recorded once, and take the same time each") {
  const std::vector<double> found = tests::in_child([] {
    std::vector<double> numbers;
    double before = 0;
    for (const int batches : {1, 2, 3, 4}) {
      const costmodel::Scenario scenario = training(batches);
      costmodel::Pricer pricer(scenario);
      SimulationOptions options;
      options.engine = std::nullopt;
      Simulation simulation(pricer, plan_of("transport=none:data=8:layout=contiguous"), options);
      const SimulationResult result = simulation.run();
      numbers.push_back(result.time.value - before);
      before = result.time.value;
      Notes notes(result.phases.size(), simulation.links().size(), true);
      simulation.record(notes);
      numbers.push_back(*std::max_element(notes.runs.begin(), notes.runs.end()));
      numbers.push_back(std::set(notes.pending.begin(), notes.pending.end()).size() == notes.pending.size());
    }
    return numbers;
  });
  // Batch by batch: seconds more, runs of a phase that the recorder heard of, nothing told twice.
  CHECK(found[6] == Approx(found[9]).epsilon(1e-9));
  for (const std::size_t k : {0U, 3U, 6U, 9U}) {
    CHECK(found[k + 1] == 1);
    CHECK(found[k + 2] == 1);
  }
}

TEST_CASE("simulation: links carry as many bytes as the recorder sees, in every repetition and micro-batch") {
  for (const bool noisy : {false, true}) {
    const std::vector<double> found = tests::in_child([&] {
      const costmodel::Scenario scenario = training(3);
      costmodel::Pricer pricer(scenario);
      SimulationOptions options;
      // So many that nothing is added, and different ones so that every run is its own.
      options.what_if.jitter = noisy ? 0.05 : 0.0;
      options.what_if.stragglers.push_back({costmodel::Rank(1), 1.1});
      options.noisy_repetitions = 100;
      Simulation simulation(pricer, plan_of(sharded), options);
      const SimulationResult result = simulation.run();
      double path = 0, last = 0;
      for (const double part : result.path.seconds) path += part;
      for (const simulator::RankOutcome& rank : result.ranks) last = std::max(last, rank.end);
      std::vector<double> numbers{path / result.time.value, last / result.time.value};
      Notes notes(result.phases.size(), simulation.links().size(), false);
      simulation.record(notes);
      if (!noisy) return numbers;
      for (const simulator::LinkOutcome& link : result.links)
        numbers.push_back(notes.bytes[link.link.at()] / link.bytes.value);
      return numbers;
    });
    REQUIRE(found.size() > (noisy ? 15U : 1U));
    for (const double one : found) CHECK(one == Approx(1.0).epsilon(1e-9));
  }
}

TEST_CASE("simulation: a phase that begins otherwise than before is run again") {
  // Noise too small to see, with which every run is its own.
  const auto time_with = [](double jitter) {
    return tests::in_child([&] {
      const costmodel::Scenario scenario = training(3);
      costmodel::Pricer pricer(scenario);
      SimulationOptions options;
      options.what_if.jitter = jitter;
      options.what_if.stragglers.push_back({costmodel::Rank(1), 1.3});
      options.what_if.start_spread = costmodel::Seconds(0.05);
      options.noisy_repetitions = 100;
      Simulation simulation(pricer, plan_of(sharded), options);
      return std::vector<double>{simulation.run().time.value};
    })[0];
  };
  CHECK(time_with(0) == Approx(time_with(1e-13)).epsilon(1e-9));
}

TEST_CASE("simulation: the path explains all of a step with work on the host, on either engine") {
  for (const auto engine :
       {std::optional<simulator::EngineKind>(), std::optional(simulator::EngineKind::simgrid)}) {
    const std::vector<double> found = tests::in_child([&] {
      const costmodel::Scenario scenario = training(1);
      costmodel::Pricer pricer(scenario);
      SimulationOptions options;
      options.engine = engine;
      Simulation simulation(
          pricer, plan_of("transport=none:data=8:layout=contiguous:zero=1:offload=optimizer"), options);
      const SimulationResult result = simulation.run();
      double path = 0;
      for (const double part : result.path.seconds) path += part;
      return std::vector<double>{path / result.time.value, result.path[simulator::PathPart::host]};
    });
    CHECK(found[0] == Approx(1.0).epsilon(1e-9));
    CHECK(found[1] > 0);
  }
}

TEST_CASE("simulation: the noise of a micro-batch is its own, and late starts are part of the path") {
  const auto time_of = [](int batches, double jitter, double spread) {
    return tests::in_child([&] {
      const costmodel::Scenario scenario = training(batches);
      costmodel::Pricer pricer(scenario);
      SimulationOptions options;
      options.what_if.jitter = jitter;
      options.what_if.start_spread = costmodel::Seconds(spread);
      Simulation simulation(pricer, plan_of(sharded), options);
      const SimulationResult result = simulation.run();
      double path = 0;
      for (const double part : result.path.seconds) path += part;
      return std::vector<double>{result.time.value, path, result.path[simulator::PathPart::start],
                                 result.compute.value};
    });
  };
  const std::vector<double> two = time_of(2, 0.3, 0), three = time_of(3, 0.3, 0), four = time_of(4, 0.3, 0);
  CHECK(std::abs((four[0] - three[0]) / (three[0] - two[0]) - 1) > 1e-6);
  const std::vector<double> late = time_of(1, 0, 10.0), nominal = time_of(1, 0, 0);
  CHECK(late[1] == Approx(late[0]).epsilon(1e-9));
  CHECK(late[2] > 1.0);
  CHECK(late[2] < 10.0);
  CHECK(late[0] > nominal[0] + late[2] * 0.9);
  CHECK(late[3] == Approx(nominal[3]).epsilon(1e-9));
}
