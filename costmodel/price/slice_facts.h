// What a slice of a plan's timeline is, in words: how long, from what, by which formula, on whose word.
#pragma once

#include <string>

#include "costmodel/price/plan_timeline.h"

namespace costmodel {

struct SliceFacts {
  std::string name;     // "K,V (exchange)"
  std::string value;    // "2.85 ms"
  std::string what;     // "rank 7 sends to rank 8 over the network card"
  std::string formula;  // "alpha + bytes / b = 5 us + 134 MB / 47.5 GB/s", formula numbers of docs/model.md
  std::string source;   // provenance of the weakest number in it
};

SliceFacts facts_of(const PlanTimeline& timeline, const PhaseTimeline& recorded, Rank rank,
                    const TimelineSlice& slice);

}  // namespace costmodel
