// What a profiler saw on one GPU: kernels, copies and annotations on streams, in seconds.
//
// A measurement as it is: what the kernels were for is known by their names alone (kernel_names.h), where a
// step begins by trace_steps.h.  Readers: torch_trace.h, nsys_trace.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "validation/kernel_names.h"

namespace validation {

struct GpuEvent {
  std::uint32_t name = 0;  // of GpuTrace::names
  KernelClass what;
  int stream = 0;
  double start = 0, end = 0;  // seconds from the trace's origin
};

// A range that a program named and the profiler projected on the GPU: "ProfilerStep#3".
struct GpuMark {
  std::string name;
  double start = 0, end = 0;
};

struct GpuTrace {
  std::string file;
  int rank = -1;  // -1: the file does not say
  int world = 0;  // 0: the file does not say
  std::string device;
  std::int64_t origin = 0;  // of its times, in nanoseconds; since 1970 where the file says so
  std::vector<std::string> names;
  std::vector<GpuEvent> events;  // by start
  std::vector<GpuMark> marks;    // by start

  const std::string& name(const GpuEvent& event) const { return names[event.name]; }
};

// Sorts events and marks by start; throws Error when there are no events.
void finish(GpuTrace& trace);

}  // namespace validation
