#include "tests/bench/bench_scenarios.h"

namespace bench {

costmodel::Scenario attention_scenario(int nodes, std::int64_t sequence) {
  costmodel::Scenario scenario;
  scenario.name = "bench";
  scenario.model = *costmodel::find_model_preset("llama-7b");
  scenario.cluster = *costmodel::find_cluster_preset("dgx-a100-80gb");
  scenario.cluster.groups.front().count = nodes;
  scenario.workload.sequence = sequence;
  return scenario;
}

}  // namespace bench
