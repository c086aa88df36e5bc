// Which operations decide how long a phase takes: the chain that ends last, followed backwards through what
// each of its members waited for, from the times that the walk recorded.  Formula 4.10.
//
// An exchange is on the path through the bytes that came last, so the path crosses from a rank to the one
// that held it up.  Where several things end at once it keeps to the rank and the lane it is on.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "costmodel/price/walk.h"

namespace costmodel {

enum class PathPart : std::uint8_t { whole, send, receive };

struct PathStep {
  std::size_t op = 0;      // of the phase
  std::size_t walker = 0;  // of the walked ranks
  PathPart part = PathPart::whole;
  Seconds time;  // that the path spends here; all steps together take the phase
};

// The walker's operation whose end let `op` begin there: on its lane, or one it waits for; nothing when it
// was ready at the start of the phase.
std::optional<OpId> held_by(const Phase& phase, std::span<const OpTime> row, std::size_t op);

// From last to first.  `times` is walker-major, as WalkOptions::timeline is filled.
std::vector<PathStep> critical_path(const Schedule& schedule, const Phase& phase, WalkScope scope,
                                    std::span<const Rank> walkers, std::span<const OpTime> times);

}  // namespace costmodel
