// Runs the operations of one rank on its lanes: a thread per lane, program order on each, and no operation
// before all that it waits for have finished.  These are the two ordering rules of a schedule, and all the
// order there is.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "costmodel/schedule/schedule.h"

namespace validation {

// Seconds from when the lanes were let go.
struct OpSpan {
  double start = 0;  // its lane was free and all it waits for had finished
  double end = 0;
  double processor = 0;  // seconds that its thread was on a core: what other programs took is not in it
};

struct LaneRun {
  std::vector<OpSpan> spans;  // by operation
  double time = 0;            // until the last lane was done
};

// Calls execute(op) for every operation.  It may return how many seconds the operation took by a better clock
// than the program's; the span then ends when execute came back and begins so long before.  `ready` is called
// once, when all lanes stand by: a barrier there makes ranks start together.  When an operation throws,
// `failed` is called at once with the reason, so that lanes that wait for other ranks come back, no further
// operation starts, and the first exception is thrown when all lanes have ended.
LaneRun run_lanes(const costmodel::Phase& phase,
                  const std::function<std::optional<double>(costmodel::OpId)>& execute,
                  const std::function<void()>& ready, const std::function<void(const std::string&)>& failed);

}  // namespace validation
