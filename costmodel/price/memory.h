// Memory of one GPU over a schedule: which buffers live at which operation, the peak, and how it comes about
// over the step.  Formulas 5.1 to 5.7 and 5.9.
#pragma once

#include <string>
#include <vector>

#include "costmodel/schedule/schedule.h"
#include "costmodel/spec/scenario.h"

namespace costmodel {

struct MemoryItem {
  Payload payload = Payload::queries;
  std::string name;  // of the buffer; "O kept" for what all layers together keep of theirs
  Bytes bytes;
};

struct MemoryPeak {
  Bytes buffers;                  // alive at the peak
  Bytes reserve;                  // kept free by the scenario
  std::vector<MemoryItem> items;  // the buffers alive at the peak
  std::string_view phase;         // where the peak is
  OpId op;                        // during this operation
  std::string op_name;

  Bytes total() const { return buffers + reserve; }
};

MemoryPeak memory_peak(const Schedule& schedule, Bytes reserve);
// The same without the items; for searches.
Bytes peak_bytes(const Schedule& schedule, Bytes reserve);

// What a search needs to know of a phase.
struct PhaseMemory {
  Bytes peak;  // most that is alive at once of the phase's own buffers
  Bytes kept;  // what one repetition leaves behind
};
PhaseMemory phase_memory(const Phase& phase);
// What layers hold for later phases during phase i.   Formula 5.5.
struct HeldMemory {
  int repeat = 1;
  int kept_until = -1;
  PhaseMemory memory;
};
Bytes held_bytes(const std::vector<HeldMemory>& phases, std::size_t i);
// Formula 5.1 without the reserve.
Bytes peak_of(Bytes resident, const std::vector<HeldMemory>& phases);

// One phase of the step as memory sees it.  Formula 5.7.
struct MemoryMoment {
  std::string_view phase;
  int repeat = 1;
  Bytes before;  // alive when the phase begins: what stays all the time, and what is held
  Bytes peak;    // most during its fullest repetition
  Bytes after;   // alive when its last repetition has ended
};
std::vector<MemoryMoment> memory_over_time(const Schedule& schedule, Bytes reserve);

// Most that a caching allocator takes from the device, reserve excluded: freed blocks serve requests of their
// own size only.  Formula 5.6.
Bytes cached_bytes(const Schedule& schedule, Bytes limit);

// What comes and goes of a peak: all but what is resident.  Its relative error, one standard deviation, is
// what validation/memory_interval.h derives from published rows.   Formula 5.9.
Bytes moving_bytes(const Schedule& schedule, Bytes peak);
constexpr double moving_memory_error = 0.0651;

// The smallest device memory of the cluster.
Bytes device_memory(const ClusterSpec& cluster);

// The longest sequence for which the plan fits and divides; 0 when none does.   Formula 5.3.
std::int64_t longest_sequence(const Scenario& scenario, const Plan& plan);

}  // namespace costmodel
