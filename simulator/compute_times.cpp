#include "simulator/compute_times.h"

#include <algorithm>
#include <cmath>

#include "simulator/random.h"

namespace simulator {

ComputeTimes::ComputeTimes(const costmodel::Schedule& schedule, const costmodel::Phase& phase, double element,
                           const costmodel::ClusterMap& map,
                           std::span<const costmodel::Calibration* const> calibrations, const World& world,
                           const WhatIf& what_if, std::size_t phase_number)
    : phase_(phase),
      prices_(schedule, phase, element, map, calibrations),
      jitter_(std::sqrt(std::log1p(what_if.jitter * what_if.jitter))),
      seed_(combined(what_if.seed, phase_number)) {
  for (int r = 0; r < world.simulated; ++r) {
    places_.add(prices_.at(costmodel::Rank(r)));
    slowdown_.push_back(calibrations[places_.all.back().group]->compute_slowdown.value);
  }
  if (what_if.stragglers.empty()) return;
  factor_.assign(world.count(), 1.0);
  for (const Straggler& straggler : what_if.stragglers)
    factor_[world.image(straggler.rank)] *= straggler.slowdown;
}

// Log-normal with mean 1, so that noise does not make the average kernel slower.  jitter_ is the deviation of
// the logarithm.
double ComputeTimes::noise(std::size_t op, int repetition, std::size_t rank) const {
  const std::uint64_t what = combined(seed_, combined(op, static_cast<std::uint64_t>(repetition)));
  return std::exp(jitter_ * normal(combined(what, rank)) - 0.5 * jitter_ * jitter_);
}

void ComputeTimes::fill(std::size_t op, int repetition, std::size_t first, std::span<double> seconds) const {
  if (prices_.alike())
    std::fill(seconds.begin(), seconds.end(), prices_.of(phase_.ops[op], places_.all.front()));
  else
    prices_.fill(phase_.ops[op], places_, seconds, first);
  if (!factor_.empty())
    for (std::size_t k = 0; k < seconds.size(); ++k) seconds[k] *= factor_[first + k];
  if (jitter_ > 0)
    for (std::size_t k = 0; k < seconds.size(); ++k) seconds[k] *= noise(op, repetition, first + k);
}

double ComputeTimes::of(std::size_t op, int repetition, std::size_t rank) const {
  double seconds = prices_.of(phase_.ops[op], places_.all[rank]);
  if (!factor_.empty()) seconds *= factor_[rank];
  if (jitter_ > 0) seconds *= noise(op, repetition, rank);
  return seconds;
}

double ComputeTimes::host(std::size_t op, std::size_t rank) const {
  const double seconds = prices_.host(phase_.ops[op], places_.all[rank].group);
  return factor_.empty() ? seconds : seconds * factor_[rank];
}

}  // namespace simulator
