// Measures a list of probes on ranks, by the rules that make a timing worth fitting to: rounds over all
// probes, so that what drifts meets all of them; first rounds thrown away; medians; a spread beside each.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "validation/median.h"
#include "validation/probe.h"
#include "validation/rank_host.h"

namespace validation {

// By which clock kernels and passes are timed; what waits for others is always timed by the wall.
enum class KernelClock : std::uint8_t {
  wall,
  processor,  // of the thread: other programs on a busy machine do not count
};

struct ProbeOptions {
  const kernels::Backend* backend = nullptr;  // needed
  kernels::Element element = kernels::Element::fp32;
  int ranks = 1;
  int warm_up = 1;  // rounds that are not recorded
  int samples = 20;
  KernelClock clock = KernelClock::wall;
  double share = 1;  // of a core that a rank has: its wall time is its processor time over this
  // Called in the thread of rank 0.
  std::function<void(std::size_t done, std::size_t total)> progress;
};

struct ProbeTime {
  Probe probe;
  Measured time;                 // of the rank that took longest
  std::vector<double> rounds{};  // the samples behind it, in order
};

std::vector<ProbeTime> measure_probes(const std::vector<Probe>& probes, const ProbeOptions& options,
                                      RankHost& host);

// More than this share of the median is not a measurement.
constexpr double largest_spread = 0.03;

// "" when all are quiet; else what is noisy, how noisy, and what to do.
std::string noise_complaint(std::span<const ProbeTime> times);

}  // namespace validation
