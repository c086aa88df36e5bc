#include "validation/validate_plan.h"

#include <unistd.h>

#include <algorithm>

#include "costmodel/price/memory.h"
#include "costmodel/schedule/lowering.h"
#include "validation/trace.h"

namespace validation {

using costmodel::Bytes;
using costmodel::Scenario;
using costmodel::Schedule;

namespace {

// What one core does in about a second, so that all repetitions take some ten seconds and the truth as much.
constexpr double gpu_flops =
    2e13;  // a tenth of a second, so that copies of results to the host do not take longer
constexpr double fast_flops_per_core = 1e11, reference_flops_per_core = 4e8, truth_flops_per_core = 3e9;

Bytes machine_memory() {
  return Bytes(static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE)));
}

SizeLimits limits_here(const ValidationRequest& request) {
  const double cores = request.place.cores;
  SizeLimits limits;
  limits.attention_flops =
      cores * (request.backend->name == "reference" ? reference_flops_per_core : fast_flops_per_core);
  limits.truth_flops = cores * truth_flops_per_core;
  if (request.gpu_memory) {
    limits.attention_flops = gpu_flops;
    limits.rank_memory = std::min(costmodel::device_memory(request.scenario.cluster), *request.gpu_memory);
    return limits;
  }
  // A quarter of the machine: beside the buffers there are inputs, scratch and the truth.
  limits.rank_memory = std::min(costmodel::device_memory(request.scenario.cluster),
                                machine_memory() / (4.0 * request.place.local_ranks));
  return limits;
}

// The schedule that is run: a backward phase needs what the forward phase leaves.
Schedule schedule_to_run(Scenario scenario, const costmodel::Plan& plan) {
  if (has_backward(scenario.workload.phase)) scenario.workload.phase = costmodel::WorkPhase::forward_backward;
  return lower(scenario, plan);
}

struct Run {
  Scenario scenario;
  Schedule schedule;
  Problem problem;
  std::vector<RankRecord> ranks;
};

Run run_at(const ValidationRequest& request, std::int64_t sequence, const RunOptions& options,
           RankHost& host) {
  Run run{request.scenario, {}, {}, {}};
  run.scenario.workload.sequence = sequence;
  run.schedule = schedule_to_run(run.scenario, request.plan);
  run.problem = problem_of(run.scenario, request.plan);
  run.ranks = host.run(run.schedule, run.problem, options);
  return run;
}

std::vector<TensorError> errors_of(const ValidationRequest& request, const Run& run) {
  const Gradients gradients = run.schedule.phases.size() > 1 ? Gradients::yes : Gradients::no;
  const Truth truth = truth_of(run.problem, gradients, request.place.cores);
  const int roundings = gradient_roundings(run.schedule, run.problem.element, request.plan.grad_dtype);
  std::vector<TensorError> all;
  for (std::size_t p = 0; p < run.schedule.phases.size(); ++p) {
    std::vector<std::vector<std::byte>> results;
    for (const RankRecord& rank : run.ranks) results.push_back(rank.phases[p].results);
    for (const TensorError& error :
         check_results(run.schedule, run.schedule.phases[p], run.problem, results, truth, roundings))
      all.push_back(error);
  }
  return all;
}

// Counts the operations of rank 0's compute lane.
std::function<void(costmodel::Rank, const costmodel::Phase&, costmodel::OpId)> counted(
    const ValidationRequest& request, std::size_t& done, std::size_t total) {
  if (!request.progress) return {};
  return [&request, &done, total](costmodel::Rank rank, const costmodel::Phase& phase, costmodel::OpId id) {
    if (rank.value != 0 || phase.ops[id.at()].lane != costmodel::Lane::compute) return;
    request.progress(++done, total);
  };
}

std::size_t compute_ops(const Schedule& schedule) {
  std::size_t count = 0;
  for (const costmodel::Phase& phase : schedule.phases)
    for (const costmodel::Op& op : phase.ops) count += op.lane == costmodel::Lane::compute ? 1U : 0U;
  return count;
}

}  // namespace

bool ValidationReport::numbers_agree() const {
  return !errors.empty() &&
         std::all_of(errors.begin(), errors.end(), [](const TensorError& e) { return e.agrees(); });
}

std::optional<ValidationReport> validate(const ValidationRequest& request, RankHost& host) {
  ValidationReport report;
  report.asked = request.scenario.workload.sequence;
  report.sizes = run_sizes(request.scenario, request.plan, limits_here(request));
  RunOptions options;
  options.backend = request.backend;
  options.memory_limit = costmodel::device_memory(request.scenario.cluster);
  const bool own_check = report.sizes.checked != report.sizes.run;
  std::optional<Run> check;
  if (own_check) check = run_at(request, report.sizes.checked, options, host);
  options.warm_up = request.warm_up;
  options.repetitions = request.repetitions;
  std::size_t done = 0;
  Scenario timed_scenario = request.scenario;
  timed_scenario.workload.sequence = report.sizes.run;
  options.before_operation = counted(request, done,
                                     static_cast<std::size_t>(request.warm_up + request.repetitions) *
                                         compute_ops(schedule_to_run(timed_scenario, request.plan)));
  const Run timed = run_at(request, report.sizes.run, options, host);
  if (!host.reports()) return {};
  report.scenario = timed.scenario;
  report.errors = errors_of(request, check ? *check : timed);
  costmodel::Pricer pricer(report.scenario);
  report.comparison = compare(pricer, request.plan, timed.schedule, timed.ranks);
  if (request.fold_in != FoldIn::no) {
    RunConditions conditions;
    conditions.core_share = request.gpu_memory ? 0.0 : share_of_core(request.place);
    conditions.noisy = request.fold_in == FoldIn::noisy_too ? NoisyRun::taken : NoisyRun::refused;
    report.update =
        update_calibration(report.scenario, request.plan, timed.schedule, timed.ranks, conditions);
  }
  report.trace = chrome_trace(timed.schedule, timed.ranks);
  return report;
}

}  // namespace validation
