// Where the steps of a plan are in a trace: by an annotation or a kernel that the user names, or by the
// attention kernels, which come in the plan's order again and again.
#pragma once

#include <string>
#include <vector>

#include "validation/gpu_trace.h"

namespace validation {

struct TraceStep {
  double start = 0, end = 0;        // of its first and its last event
  std::vector<std::size_t> events;  // of the trace, by start

  double time() const { return end - start; }
};

struct TraceSteps {
  std::vector<TraceStep> steps;
  std::size_t outside = 0;  // events before, between and after them
  std::string found_by;  // "annotation \"ProfilerStep\"", "4 forward and 4 backward attention kernels each"
};

// `attention` is the order of forward and backward attention kernels in a step; `marker` is empty or part of
// the name of what begins a step.  Throws Error when there is no whole step.
TraceSteps find_steps(const GpuTrace& trace, const std::vector<KernelKind>& attention,
                      const std::string& marker);

}  // namespace validation
