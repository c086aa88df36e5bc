// A plan, run on ranks of this machine or of several and judged: do its numbers agree with dense attention,
// did it send the bytes that the cost model says, and how far was the prediction from the clock.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "validation/calibration_update.h"
#include "validation/check.h"
#include "validation/comparison.h"
#include "validation/cpu_ranks.h"
#include "validation/rank_host.h"
#include "validation/run_size.h"

namespace validation {

// Whether the run is folded into the calibration that it was predicted with.
enum class FoldIn : std::uint8_t {
  no,
  when_quiet,
  noisy_too,  // whatever its spread, and whoever else had the cores
};

struct ValidationRequest {
  costmodel::Scenario scenario;  // as it is run: cpu_ranks.h, gpu_place.h; of the attention operator
  costmodel::Plan plan;          // passes reject()
  const kernels::Backend* backend = nullptr;
  CpuPlace place;
  std::optional<costmodel::Bytes> gpu_memory;  // for the buffers of one rank, when ranks are on GPUs
  int warm_up = 1;
  int repetitions = 9;
  // Called in the thread that computes on rank 0.
  std::function<void(std::size_t done, std::size_t total)> progress;
  FoldIn fold_in = FoldIn::no;
};

struct ValidationReport {
  costmodel::Scenario scenario;  // as it was run and timed
  RunSizes sizes;
  std::int64_t asked = 0;  // tokens of the scenario
  std::vector<TensorError> errors;
  Comparison comparison;
  std::string trace;  // chrome_trace of the timed run
  std::optional<CalibrationUpdate> update;

  bool numbers_agree() const;
  bool agrees() const { return numbers_agree() && comparison.bytes_equal(); }
};

// Nothing where this process does not report.
std::optional<ValidationReport> validate(const ValidationRequest& request, RankHost& host);

}  // namespace validation
