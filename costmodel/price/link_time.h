// Time of transfers and collectives on an otherwise idle machine: alpha + bytes / bandwidth, with what a
// shared card, a socket bridge or an oversubscribed spine leaves to each flow.  Formulas 3.5 to 3.8 of
// docs/model.md.
//
// Only flows of the same operation share here.  Flows of different operations are the walk's business (one
// port serves its transfers one after the other) and, in full, the simulator's.
#pragma once

#include <vector>

#include "costmodel/price/cluster_map.h"
#include "costmodel/schedule/schedule.h"

namespace costmodel {

// One edge of an exchange: rank -> its receiver.
struct EdgeTime {
  Seconds alpha;
  Seconds occupancy;  // bytes / bandwidth: how long the sender's port is busy
  LinkClass link = LinkClass::self;

  Seconds total() const { return alpha + occupancy; }
  friend bool operator==(const EdgeTime&, const EdgeTime&) = default;
};

// The edge of every rank when all ranks exchange at once.   Formula 3.5, 3.6.
void exchange_times(const Schedule& schedule, const Transfer& transfer, const ClusterMap& map,
                    std::vector<EdgeTime>& edges);

struct CollectiveTime {
  Seconds time;
  Bytes scale_up;   // sent by each rank inside its node
  Bytes scale_out;  // sent by each rank through the network
};

// All groups of the kind run the collective at once.   Formulas 3.7 (all-gather, reduce-scatter), 3.8
// (all-to-all).
CollectiveTime collective_time(const Schedule& schedule, const Collective& collective, const ClusterMap& map);

}  // namespace costmodel
