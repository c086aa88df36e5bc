#include "validation/gpu_trace.h"

#include <algorithm>

#include "costmodel/base/error.h"

namespace validation {

void finish(GpuTrace& trace) {
  if (trace.events.empty())
    throw costmodel::Error(
        "there is no kernel of a GPU in it; expected a profile that records CUDA activity, of some steps",
        costmodel::InputLocation{trace.file, 0, 0, ""});
  const auto earlier = [](const auto& a, const auto& b) { return a.start < b.start; };
  std::stable_sort(trace.events.begin(), trace.events.end(), earlier);
  std::stable_sort(trace.marks.begin(), trace.marks.end(), earlier);
}

}  // namespace validation
