// Where no link is shared and nothing is perturbed, the analytic walk and the simulation give every rank the
// same end of every operation; where links are shared, what must still hold between them.
#include <algorithm>
#include <string>
#include <vector>

#include "tests/simulator/simulated_case.h"

using tests::SimulatedCase;

namespace {

// Notes the end of every operation, rank by rank like a timeline.
class Ends final : public simulator::Recorder {
 public:
  Ends(std::size_t ranks, std::size_t ops) : ops_(ops), ends(ranks * ops, 0.0) {}
  void restart() override {}
  bool wants(std::size_t) const override { return true; }
  void operation(const simulator::OpRecord& record) override {
    ends[record.rank * ops_ + record.op] = record.end;
  }
  void flow(const simulator::Flow&, double, double, double) override {}

 private:
  std::size_t ops_;

 public:
  std::vector<double> ends;
};

bool always_whole(const costmodel::Phase& phase) {
  return std::all_of(phase.ops.begin(), phase.ops.end(),
                     [](const costmodel::Op& op) { return op.repetitions == costmodel::Repetitions::all; });
}

struct Comparison {
  int compared = 0;
  double worst = 0;
  std::string where;
};

void compare(const SimulatedCase& c, const std::string& name, Comparison& result) {
  for (std::size_t p = 0; p < c.phases.size(); ++p) {
    const costmodel::Phase& phase = c.schedule.phases[p];
    if (c.phases[p].shared.any() || !always_whole(phase)) continue;
    std::vector<costmodel::OpTime> timeline;
    c.walk(p, &timeline);
    Ends simulated(c.world.count(), phase.ops.size());
    c.recurrence(p, 1, false, &simulated);
    std::vector<double> analytic;
    for (const costmodel::OpTime& time : timeline) analytic.push_back(time.end);
    const double difference = tests::worst_difference(analytic, simulated.ends);
    ++result.compared;
    if (difference <= result.worst) continue;
    result.worst = difference;
    result.where = name + ", " + std::string(phase.name);
  }
}

}  // namespace

TEST_CASE("the analytic walk and the simulation agree operation by operation where links are not shared") {
  Comparison result;
  for (const int ranks : {8, 32, 64})
    for (const std::int64_t tokens : {std::int64_t{256}, std::int64_t{2048}, std::int64_t{16384}})
      for (const costmodel::MaskKind mask : {costmodel::MaskKind::causal, costmodel::MaskKind::full}) {
        const costmodel::Scenario scenario = tests::eight_gpu_nodes(ranks, tokens, {mask, 0});
        for (const tests::NamedPlan& named : tests::one_of_each(ranks)) {
          if (reject(scenario, named.plan)) continue;
          const SimulatedCase c(scenario, named.plan, {}, tests::a100_calibration(0.1));
          compare(c, named.name + " on " + std::to_string(ranks), result);
        }
      }
  CAPTURE(result.where, result.compared);
  CHECK(result.compared > 150);
  CHECK(result.worst < 1e-9);
}

TEST_CASE("they agree on every plan of eight GPUs in nodes of eight and of four") {
  Comparison result;
  for (const int gpus : {4, 8})
    for (const std::int64_t tokens : {std::int64_t{512}, std::int64_t{4096}}) {
      costmodel::Scenario scenario = tests::eight_gpu_nodes(8, tokens, {costmodel::MaskKind::sliding, 5000});
      scenario.cluster = tests::small_cluster(8 / gpus, gpus, gpus);
      for (const costmodel::Plan& plan : tests::every_plan(8))
        if (!reject(scenario, plan))
          compare(SimulatedCase(scenario, plan, {}, tests::a100_calibration(0.2)), axes_text(plan), result);
    }
  CAPTURE(result.where, result.compared);
  CHECK(result.compared > tests::thinned_count(150, tests::every_nth_plan));
  CHECK(result.worst < 1e-9);
}
