// The ranks that are simulated.  All of them, or one period of a cluster that repeats itself: then rank r
// stands for all ranks r + k x simulated (the symmetric fold of fold.h).
#pragma once

#include "costmodel/schedule/schedule.h"

namespace simulator {

struct World {
  int simulated = 1;
  int total = 1;

  bool folded() const { return simulated < total; }
  std::size_t count() const { return static_cast<std::size_t>(simulated); }
  std::size_t image(costmodel::Rank rank) const { return static_cast<std::size_t>(rank.value % simulated); }
};

}  // namespace simulator
