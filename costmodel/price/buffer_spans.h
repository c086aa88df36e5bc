// When the buffers of a phase may be alive, by what lanes and waits allow and not by any time.
//
// The compute lane is the clock, with what may run between two of its operations and nowhere else: instant
// 2k + 1 is while operation number k of the clock runs, instant 2k between it and the one before.  Any other
// operation may run from when all that it waits for have ended to when something that waits for it starts: a
// lane of messages that runs ahead, or lags behind, has its buffers for longer than the order in which the
// phase lists its operations suggests.  Only the lanes of parameters and of the host keep to that order: the
// kernels pace them.   Formula 5.1.
#pragma once

#include <cstdint>
#include <vector>

#include "costmodel/schedule/schedule.h"

namespace costmodel {

// Instants, both included.
struct InstantSpan {
  std::int32_t first = -1;  // -1: never
  std::int32_t last = -1;

  bool empty() const { return first < 0; }
  bool contains(std::int32_t instant) const { return first <= instant && instant <= last; }
};

struct BufferSpans {
  std::int32_t instants = 0;
  std::vector<InstantSpan> ops;  // when each operation may run
  std::vector<InstantSpan>
      buffers;  // when each buffer may be alive; those that are kept are not of the phase
};

// By lanes and waits, or in the order in which a host lists operations and asks its allocator for their
// buffers.
enum class SpanOrder : std::uint8_t { lanes, listed };

// Reuses the memory of `spans`.  Linear in the operations.
void find_buffer_spans(const Phase& phase, SpanOrder order, BufferSpans& spans);

// The operation to name for an instant: the one of the clock, or between two of them the first that may run.
OpId op_at(const BufferSpans& spans, std::int32_t instant);

}  // namespace costmodel
