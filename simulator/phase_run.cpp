#include "simulator/phase_run.h"

#include <algorithm>
#include <cmath>

namespace simulator {

namespace {

// What every rank gains by one repetition more, when the last two in the middle agree; empty otherwise.
std::vector<double> regular_gain(const RunResult& result) {
  const std::size_t count = result.ends.size();
  const std::vector<double>&before = result.ends[count - 4], &middle = result.ends[count - 3],
        &after = result.ends[count - 2];
  std::vector<double> gain;
  for (std::size_t w = 0; w < after.size(); ++w) {
    const double last = after[w] - middle[w];
    // Rounding of the clock, not of the gain.
    if (std::abs(last - (middle[w] - before[w])) > 1e-11 * std::abs(last) + 1e-14 * std::abs(after[w]))
      return {};
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

PhaseRun extended(RunResult&& result, const std::vector<double>& gain, int repetitions) {
  const int simulated = static_cast<int>(result.ends.size());
  const double more = repetitions - simulated, scale = static_cast<double>(repetitions) / simulated;
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
    run.compute[w] *= scale, run.slowdown[w] *= scale, run.host[w] *= scale;
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
    if (count < repetitions) gain = noisy_limit > 0 ? mean_gain(result) : regular_gain(result);
    if (count < repetitions && gain.empty()) continue;
    PhaseRun run = extended(std::move(result), gain, repetitions);
    run.window = window;
    return run;
  }
}

}  // namespace simulator
