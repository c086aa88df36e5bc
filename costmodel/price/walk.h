// The analytic interpreter: walks a phase of the schedule with the exact max-plus rule.
//
// All walked ranks advance together, operation by operation; an exchange starts when sender and receiver are
// both there, operations of one lane run in order, and transfers of one port (a GPU's link inside the node,
// or its card) follow each other.  Compute is slower while communication is in flight, so it is looked at
// after all communication that does not wait for it.  Formulas 4.1 to 4.5 of docs/model.md.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "costmodel/price/calibration.h"
#include "costmodel/price/cluster_map.h"
#include "costmodel/price/link_time.h"
#include "costmodel/price/op_price.h"
#include "costmodel/price/walk_order.h"
#include "costmodel/schedule/schedule.h"

namespace costmodel {

// How many ranks were walked to get an exact answer, or a bound.
enum class WalkScope {
  one,        // all ranks are alike: one stands for all
  positions,  // ring positions differ, the other coordinates are alike
  all,        // every rank
  envelope,   // one imaginary rank with the longest time of every operation: an upper bound, for rings past
              // the limit
};
std::string_view name_of(WalkScope scope);

// The place, in the list of walked ranks, of the one that stands for the rank with these coordinates.
inline std::size_t walker_of(WalkScope scope, const RankGrid& grid, const RankCoordinates& c) {
  switch (scope) {
    case WalkScope::one:
    case WalkScope::envelope: return 0;
    case WalkScope::positions: return static_cast<std::size_t>(grid.ring_position(c));
    case WalkScope::all: return grid.rank(c).at();
  }
  return 0;
}

constexpr std::size_t port_count = 2;  // the link inside the node, the network card
constexpr std::size_t port_of(LinkClass link) { return link == LinkClass::scale_out ? 1 : 0; }

// One operation on one rank, in seconds from the start of the phase.
struct OpTime {
  double ready = 0;  // the rank reached it
  double start = 0;  // its work or its bytes began
  double end = 0;
  double sent = 0;                         // exchange: the own bytes are there
  std::array<double, port_count> freed{};  // exchange, collective: the ports it took are free again; else 0
  LinkClass link = LinkClass::self;        // exchange: that the own bytes take
};

// Formula 4.5.
struct PhaseTime {
  Seconds time;                                   // makespan
  Seconds compute;                                // of the busiest rank, undisturbed
  std::array<Seconds, compute_part_count> parts;  // of it, by kind of kernel
  Seconds slowdown;                               // added to it by communication in flight
  Seconds transfer;                               // longest sum of transfer times on one rank
  Seconds host;                                   // copies to and from the host, and work there
  Flops flops;                                    // useful flop of all ranks together
  WalkScope scope = WalkScope::one;
  int walked = 1;

  // What is not hidden behind computing: transfers, waiting for others, slowed compute.
  Seconds exposed() const { return time - compute; }
};

struct WalkOptions {
  int position_limit = 512;                 // longer rings are bounded by their envelope
  bool force_all = false;                   // walk every rank even if some are alike (tests)
  std::vector<OpTime>* timeline = nullptr;  // filled with walked x ops entries, rank-major
  std::vector<Rank>* ranks = nullptr;       // the rank of each timeline row
};

// Scratch memory that is reused from plan to plan.  Not shared between threads.
struct WalkScratch {
  // For walks on this map alone, which must outlive it.
  explicit WalkScratch(const ClusterMap& map) : shifts(map) {}

  ShiftTable shifts;
  WalkOrder order;
  std::vector<double> begins, ends, lane_ends, port_free, ready, busy, slow, moved, hosted;
  std::vector<EdgeTime> edges;  // of every transfer and walker
  std::vector<CollectiveTime> collectives;
};

PhaseTime walk(const Schedule& schedule, const Phase& phase, double element, const ClusterMap& map,
               std::span<const Calibration* const> calibrations,  // one per node group
               WalkScratch& scratch, const WalkOptions& options = {});

}  // namespace costmodel
