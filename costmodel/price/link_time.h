// Time of transfers and collectives on an otherwise idle machine: alpha + bytes / bandwidth, with what a
// shared card, a socket bridge or an oversubscribed spine leaves to each flow.  Formulas 3.5 to 3.8 of
// docs/model.md.
//
// Only flows of the same operation share here.  Flows of different operations are the walk's business (one
// port serves its transfers one after the other) and, in full, the simulator's.
#pragma once

#include <array>
#include <map>
#include <optional>
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

// What one rank's message gets on a move of the ring, whatever its size.
struct ShiftEdge {
  Seconds alpha;
  BytesPerSecond share;  // infinite to itself
  LinkClass link = LinkClass::self;

  EdgeTime time(Bytes bytes) const { return {alpha, bytes / share, link}; }
  friend bool operator==(const ShiftEdge&, const ShiftEdge&) = default;
};

// The edge of every rank when all ranks move at once.   Formulas 3.5, 3.6.
std::vector<ShiftEdge> shift_edges(const RankGrid& grid, RingShift shift, const ClusterMap& map);
// The same for one transfer's bytes.
void exchange_times(const Schedule& schedule, const Transfer& transfer, const ClusterMap& map,
                    std::vector<EdgeTime>& edges);

// Whose edges of a move differ: nobody's, those of ring positions (replicas are alike), those of all ranks.
enum class EdgeExtent : std::uint8_t { one, positions, ranks };
struct ShiftEdges {
  EdgeExtent extent = EdgeExtent::one;
  std::vector<ShiftEdge> edges;  // one, one per ring position, or one per rank

  const ShiftEdge& of(std::size_t position, std::size_t rank) const {
    return edges[extent == EdgeExtent::one ? 0 : extent == EdgeExtent::positions ? position : rank];
  }
};

// The moves of the grids that were asked for, each looked at once.
class ShiftTable {
 public:
  // Keeps a reference: the map must outlive the table.
  explicit ShiftTable(const ClusterMap& map) : map_(&map) {}
  const ShiftEdges& of(const RankGrid& grid, RingShift shift);

 private:
  const ClusterMap* map_;
  std::map<std::array<int, 7>, ShiftEdges> known_;
};

struct CollectiveTime {
  Seconds time;
  Seconds up_busy;   // how long each rank's link inside the node is taken
  Seconds out_busy;  // and its card
  Bytes scale_up;    // sent by each rank inside its node
  Bytes scale_out;   // sent by each rank through the network
};

// How the first group of a kind lies on the cluster; groups of one kind are taken to be alike.
struct GroupShape {
  int size = 1;
  int nodes = 1;
  int inside = 1;                // members on the node that has fewest: they send most through the network
  int other_sockets = 0;         // members of the own node behind the other sockets, where there are sockets
  int other_leaves = 0;          // members of other nodes behind another leaf
  std::vector<int> node_groups;  // kinds of nodes that take part
};

GroupShape group_shape(const RankGrid& grid, const ClusterMap& map, GroupKind kind);

// All groups of the kind run the collective at once.   Formulas 3.7 (all-gather, reduce-scatter,
// all-reduce), 3.8 (all-to-all).
CollectiveTime collective_time(const GroupShape& shape, const Collective& collective, const ClusterMap& map);

// Prices the collectives of one grid; looks at each kind of group once.
class CollectiveTimes {
 public:
  CollectiveTimes(const RankGrid& grid, const ClusterMap& map) : grid_(grid), map_(&map) {}
  CollectiveTime of(const Collective& collective);

 private:
  RankGrid grid_;
  const ClusterMap* map_;
  std::array<std::optional<GroupShape>, group_kind_count> shapes_;
};

}  // namespace costmodel
