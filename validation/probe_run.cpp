#include "validation/probe_run.h"

#include <fmt/format.h>

#include <algorithm>

#include "validation/probe_rank.h"

namespace validation {

namespace {

double chosen(const Probe& probe, const ProbeOptions& options, const ProbeRank::Times& times) {
  switch (probe.kind) {
    case ProbeKind::attention_forward:
    case ProbeKind::attention_backward:
    case ProbeKind::delta:
    case ProbeKind::add:
    case ProbeKind::copy:
      return options.clock == KernelClock::wall ? times.wall : times.processor / options.share;
    case ProbeKind::exchange:
    case ProbeKind::overlap:
    case ProbeKind::allocate: break;
  }
  return times.wall;
}

}  // namespace

std::vector<ProbeTime> measure_probes(const std::vector<Probe>& probes, const ProbeOptions& options,
                                      RankHost& host) {
  const std::size_t ranks = static_cast<std::size_t>(options.ranks);
  const std::size_t samples = static_cast<std::size_t>(options.samples);
  // By probe and sample, of each rank: ranks write beside each other.
  std::vector<std::vector<double>> seconds(ranks, std::vector<double>(probes.size() * samples));
  host.on_ranks(options.ranks, [&](const RankEnds& ends) {
    ProbeRank rank(ends, *options.backend, options.element, probes);
    const std::size_t self = static_cast<std::size_t>(ends.all.rank());
    const std::size_t total = static_cast<std::size_t>(options.warm_up + options.samples) * probes.size();
    std::size_t done = 0;
    for (int round = -options.warm_up; round < options.samples; ++round)
      for (std::size_t p = 0; p < probes.size(); ++p) {
        const double time = chosen(probes[p], options, rank.times_of(probes[p]));
        if (round >= 0) seconds[self][p * samples + static_cast<std::size_t>(round)] = time;
        if (self == 0 && options.progress) options.progress(++done, total);
      }
  });
  std::vector<ProbeTime> times;
  for (std::size_t p = 0; p < probes.size(); ++p) {
    std::vector<double> longest(samples, 0.0);
    for (const std::vector<double>& own : seconds)
      for (std::size_t s = 0; s < samples; ++s) longest[s] = std::max(longest[s], own[p * samples + s]);
    const Measured time = measured(longest);
    times.push_back({probes[p], time, std::move(longest)});
  }
  return times;
}

std::string noise_complaint(std::span<const ProbeTime> times) {
  const auto worst = std::max_element(times.begin(), times.end(), [](const ProbeTime& a, const ProbeTime& b) {
    return a.time.deviation < b.time.deviation;
  });
  if (worst == times.end() || worst->time.deviation <= largest_spread) return "";
  const auto noisy = std::count_if(
      times.begin(), times.end(), [](const ProbeTime& time) { return time.time.deviation > largest_spread; });
  return fmt::format(
      "{}: the spread of its samples is {:.1f} % of the median, over {:.0f} %{}; expected a machine that "
      "does "
      "nothing else, or --noisy, which takes it as it is and says so in the file",
      name_of(worst->probe), 100 * worst->time.deviation, 100 * largest_spread,
      noisy > 1 ? fmt::format(" (and so are {} other quantities)", noisy - 1) : std::string());
}

}  // namespace validation
