// Runs a plan on ranks that are threads and compares it with the truth.
#pragma once

#include <vector>

#include "costmodel/schedule/lowering.h"
#include "kernels/thread_ranks.h"
#include "tests/schedule/test_scenarios.h"
#include "validation/check.h"
#include "validation/executor.h"

namespace validation_tests {

// Small enough for a dense truth in no time.
struct Size {
  std::int64_t batch = 1, sequence = 96, heads = 8, kv_heads = 8, head_dim = 16;
};

inline costmodel::Scenario scenario_for(const costmodel::Plan& plan, const Size& size,
                                        costmodel::Mask mask = {},
                                        costmodel::Dtype dtype = costmodel::Dtype::fp32) {
  const int node = plan.tensor * plan.ulysses * plan.inner_ring;
  costmodel::Scenario scenario;
  scenario.model = tests::small_model(size.heads, size.kv_heads, size.head_dim);
  scenario.cluster = tests::small_cluster(plan.world_size() / node, node, node);
  scenario.workload.sequence = size.sequence;
  scenario.workload.batch = size.batch;
  scenario.workload.mask = mask;
  scenario.workload.dtype = dtype;
  return scenario;
}

struct Ran {
  costmodel::Schedule schedule;
  validation::Problem problem;
  std::vector<validation::RankRecord> ranks;

  std::vector<std::vector<std::byte>> results(std::size_t phase) const {
    std::vector<std::vector<std::byte>> list;
    for (const validation::RankRecord& rank : ranks) list.push_back(rank.phases.at(phase).results);
    return list;
  }
};

inline Ran run(const costmodel::Scenario& scenario, const costmodel::Plan& plan,
               validation::RunOptions options = {}, const kernels::ThreadRanksOptions& threads = {}) {
  Ran ran{lower(scenario, plan), validation::problem_of(scenario, plan), {}};
  if (options.backend == nullptr) options.backend = &kernels::backend_named("cpu");
  ran.ranks.resize(static_cast<std::size_t>(plan.world_size()));
  kernels::run_ranks(plan.world_size(), threads, [&](kernels::Communicator& communicator) {
    ran.ranks[static_cast<std::size_t>(communicator.rank())] =
        validation::run_rank(ran.schedule, ran.problem, communicator, options);
  });
  return ran;
}

// All tensors of all phases.
inline std::vector<validation::TensorError> errors_of(const Ran& ran, const costmodel::Plan& plan,
                                                      const validation::Truth& truth) {
  const int roundings = validation::gradient_roundings(ran.schedule, ran.problem.element, plan.grad_dtype);
  std::vector<validation::TensorError> all;
  for (std::size_t p = 0; p < ran.schedule.phases.size(); ++p) {
    const auto errors = validation::check_results(ran.schedule, ran.schedule.phases[p], ran.problem,
                                                  ran.results(p), truth, roundings);
    all.insert(all.end(), errors.begin(), errors.end());
  }
  return all;
}

}  // namespace validation_tests
