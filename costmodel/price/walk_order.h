// The order in which the walk looks at the operations of a phase.
//
// Compute comes after all communication that does not wait for it, directly or through others, so that it
// meets what is in flight beside it; all else keeps the order of the program.   Formula 4.4.
#pragma once

#include <cstdint>
#include <vector>

#include "costmodel/schedule/schedule.h"

namespace costmodel {

struct WalkOrder {
  std::vector<std::int32_t> places;                     // positions in the phase's program, first to last
  std::vector<std::int32_t> behind, turns, turn_begin;  // scratch memory
};

void find_walk_order(const Phase& phase, WalkOrder& order);

}  // namespace costmodel
