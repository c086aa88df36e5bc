// `ringside calibrate --backend`: measures this machine with the kernels and communicators that run plans,
// and fits the constants of the cost model to it.
#pragma once

#include "costmodel/price/calibration_set.h"
#include "validation/live_fit.h"
#include "validation/rank_host.h"

namespace validation {

struct LiveRequest {
  ProbeOptions how;  // backend, ranks, samples
  std::vector<Probe> probes;
  ProbedNode node;
  costmodel::CalibrationSet start;  // what predicted before; constants that are not measured stay
  costmodel::MeasuredOn measured;   // machine, cores, ...; samples, ranks and spread are filled in
};

// A ring of small blocks, run as plans are: what its steps cost beside their operations.
struct RingSteps {
  costmodel::Seconds predicted;  // without step_overhead
  Measured measured;
  int steps = 0;  // per rank, 0 when there is no ring
};

struct LiveCalibration {
  costmodel::Calibration before, after;
  std::vector<ProbeTime> times;  // all, those under messages last
  ProbedNode node;
  RingSteps ring;
  std::optional<Overlap> overlap;  // none where one rank has nobody to send to

  // "" when all quantities are quiet; else what is noisy, how noisy, and what to do.
  std::string complaint() const;
  // Mean of |predicted - measured| / measured over what the model has a formula for.
  double mean_error(const costmodel::Calibration& calibration) const;
};

LiveCalibration calibrate_live(const LiveRequest& request, RankHost& host);

// The node of `ranks` ranks on this machine's cores, with the rates that each of them has.
ProbedNode cpu_node(int ranks, int cores);
// Of GPUs of a device preset; throws costmodel::Error when there is none of that name.
ProbedNode gpu_node(const std::string& device_preset, int gpus);

}  // namespace validation
