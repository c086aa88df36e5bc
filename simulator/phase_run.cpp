#include "simulator/phase_run.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace simulator {

namespace {

// Ranks that talk to each other, directly or through others, have the same number here.
std::vector<std::size_t> talking_groups(const PhaseFlows& flows, std::size_t width) {
  std::vector<std::size_t> parent(width);
  std::iota(parent.begin(), parent.end(), std::size_t{0});
  const auto root = [&](std::size_t w) {
    while (parent[w] != w) w = parent[w] = parent[parent[w]];
    return w;
  };
  for (const TransferFlows& transfer : flows.transfers)
    for (std::size_t w = 0; w < width; ++w) parent[root(w)] = root(static_cast<std::size_t>(transfer.to[w]));
  for (const CollectiveFlows& work : flows.collectives) {
    std::vector<std::size_t> first(work.group_size.size(), width);
    for (std::size_t w = 0; w < width; ++w) {
      std::size_t& member = first[static_cast<std::size_t>(work.group[w])];
      if (member == width) member = w;
      parent[root(w)] = root(member);
    }
  }
  for (std::size_t w = 0; w < width; ++w) parent[w] = root(w);
  return parent;
}

// What every rank gains by one repetition more, when the last two in the middle agree and all ranks that talk
// to each other gain the same; empty otherwise.
std::vector<double> regular_gain(const RunResult& result, const PhaseFlows& flows) {
  const std::size_t count = result.ends.size();
  const std::vector<double>&before = result.ends[count - 4], &middle = result.ends[count - 3],
        &after = result.ends[count - 2];
  std::vector<double> gain;
  const std::vector<std::size_t> groups = talking_groups(flows, after.size());
  for (std::size_t w = 0; w < after.size(); ++w) {
    const double last = after[w] - middle[w];
    const std::size_t other = groups[w];
    // Rounding of the clock, not of the gain.
    const double rounding = 1e-11 * std::abs(last) + 1e-14 * std::abs(after[w]);
    if (std::abs(last - (middle[w] - before[w])) > rounding) return {};
    if (std::abs(last - (after[other] - middle[other])) > rounding) return {};
    gain.push_back(last);
  }
  return gain;
}

// The mean over all ranks' repetitions in the middle, the same for all so that no rank runs away.
std::vector<double> mean_gain(const RunResult& result) {
  const std::size_t count = result.ends.size();
  const auto latest = [&](std::size_t r) {
    return *std::max_element(result.ends[r].begin(), result.ends[r].end());
  };
  const double gain = (latest(count - 2) - latest(0)) / static_cast<double>(count - 2);
  return std::vector<double>(result.ends.front().size(), gain);
}

PhaseRun extended(RunResult&& result, const std::vector<double>& gain, int repetitions, bool regular) {
  const int simulated = static_cast<int>(result.ends.size());
  const double more = repetitions - simulated, scale = static_cast<double>(repetitions) / simulated;
  // Regular repetitions add what one of them does; noisy ones in the proportion of all.
  const auto extend = [&](double& total, double once) {
    total = regular ? total + more * once : total * scale;
  };
  PhaseRun run;
  run.simulated = simulated;
  run.ends = std::move(result.ends.back());
  run.paths = std::move(result.paths);
  run.compute = std::move(result.compute);
  run.slowdown = std::move(result.slowdown);
  run.host = std::move(result.host);
  if (more <= 0) return run;
  for (std::size_t w = 0; w < run.ends.size(); ++w) {
    run.ends[w] += more * gain[w];
    extend(run.compute[w], result.compute_once[w]);
    extend(run.slowdown[w], result.slowdown_once[w]);
    extend(run.host[w], result.host_once[w]);
    if (run.paths.empty()) continue;
    // The parts in the proportions of the last repetition.
    double sum = 0;
    for (std::size_t part = 0; part < path_part_count; ++part)
      sum += run.paths[w].seconds[part] - result.paths_before[w].seconds[part];
    for (std::size_t part = 0; part < path_part_count; ++part) {
      const double own = run.paths[w].seconds[part] - result.paths_before[w].seconds[part];
      run.paths[w].seconds[part] += sum > 0 ? more * gain[w] * (own / sum) : 0.0;
    }
  }
  return run;
}

}  // namespace

PhaseRun run_repeated(Engine& engine, RunRequest request, int repetitions, int noisy_limit) {
  const double begin = *std::min_element(request.starts.begin(), request.starts.end());
  // Where nothing is noisy: doubled until the repetitions are regular.
  for (int count = std::min(repetitions, noisy_limit > 0 ? std::max(4, noisy_limit) : 5);;
       count = std::min(repetitions, 2 * count)) {
    request.repetitions = count;
    if (request.recorder != nullptr) request.recorder->restart();
    RunResult result = engine.run(request);
    const std::vector<double>& last = result.ends.back();
    const double window = *std::max_element(last.begin(), last.end()) - begin;
    std::vector<double> gain;
    if (count < repetitions)
      gain = noisy_limit > 0 ? mean_gain(result) : regular_gain(result, *request.flows);
    if (count < repetitions && gain.empty()) continue;
    PhaseRun run = extended(std::move(result), gain, repetitions, noisy_limit == 0);
    run.window = window;
    return run;
  }
}

}  // namespace simulator
