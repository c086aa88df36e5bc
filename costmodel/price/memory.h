// Memory of one GPU over a schedule: which buffers live at which operation, and the peak.  Formulas 5.1
// and 5.2.
#pragma once

#include <vector>

#include "costmodel/schedule/schedule.h"
#include "costmodel/spec/scenario.h"

namespace costmodel {

struct MemoryItem {
  Payload payload = Payload::queries;
  std::string_view name;  // of the buffer
  Bytes bytes;
};

struct MemoryPeak {
  Bytes buffers;                  // alive at the peak
  Bytes reserve;                  // kept free by the scenario
  std::vector<MemoryItem> items;  // the buffers alive at the peak
  std::string_view phase;         // where the peak is
  OpId op;                        // during this operation

  Bytes total() const { return buffers + reserve; }
};

MemoryPeak memory_peak(const Schedule& schedule, Bytes reserve);
// The same without the items; for searches.
Bytes peak_bytes(const Schedule& schedule, Bytes reserve);

// The smallest device memory of the cluster.
Bytes device_memory(const ClusterSpec& cluster);

// The longest sequence for which the plan fits and divides; 0 when none does.   Formula 5.3.
std::int64_t longest_sequence(const Scenario& scenario, const Plan& plan);

}  // namespace costmodel
