// Bytes sent, counted on the schedule: never estimated beside it.  Formulas 2.1 to 2.10 are its closed forms.
#pragma once

#include <array>

#include "costmodel/price/cluster_map.h"
#include "costmodel/price/link_time.h"
#include "costmodel/schedule/schedule.h"

namespace costmodel {

// Bytes that one GPU sends, the busiest one of each column.
struct Traffic {
  Bytes per_gpu;                                // all links
  Bytes scale_up;                               // inside the node
  Bytes scale_out;                              // through network cards
  std::array<Bytes, traffic_item_count> items;  // by what it is for

  Bytes of(TrafficItem item) const { return items[static_cast<std::size_t>(item)]; }
  // `runs` times another traffic.
  void add(const Traffic& other, double runs);
};

// Of one run of a phase on average, and of all runs of all phases (each column the sum of the busiest GPU's
// in every phase).
Traffic phase_traffic(const Schedule& schedule, const Phase& phase, const ClusterMap& map,
                      ShiftTable& shifts);
Traffic count_traffic(const Schedule& schedule, const ClusterMap& map, ShiftTable& shifts);
Traffic count_traffic(const Schedule& schedule, const ClusterMap& map);

}  // namespace costmodel
