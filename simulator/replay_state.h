// Where every rank and group of a replay on SimGrid stands.  Memory grows with what is in flight: lanes
// run in order, so a counter per lane says which operations have ended.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "simulator/phase_program.h"
#include "simulator/simgrid_network.h"

namespace simulator {

constexpr std::size_t compute_lane = static_cast<std::size_t>(costmodel::Lane::compute);

// Timers of ranks: kernels, host work, late starts.
enum class TimerKind : std::uint32_t { compute, host, start };
constexpr std::uint32_t timer_kinds = 3;

// One lane of one rank.
struct LaneState {
  std::int32_t ended = 0;    // operations of this repetition
  bool running = false;      // the next one has been reached
  std::uint8_t pending = 0;  // of an exchange: its send, its receive
  double ready = 0, start = 0, last_end = 0;
};

// All lanes of one rank, and the kernel that runs on it.
struct RankState {
  std::array<LaneState, lane_count> lanes;
  int repetition = -1;
  int lanes_left = 0;  // lanes of this repetition that have not ended
  int in_flight = 0;   // exchanges and collectives
  // The kernel that runs: what is left of it at `since`, and how fast it goes.
  double work = 0, cost = 0, since = 0, speed = 1;
  SimGridNetwork::TimerId timer = 0;
};

// A collective that its group is reaching or running.
struct GroupState {
  std::int32_t reached = 0;
  std::size_t last = 0;      // the member that came last
  std::int32_t pending = 0;  // flows that have not ended
  double start = 0;
  const Flow* last_flow = nullptr;
  std::vector<std::int32_t> sent;  // with a window: flows posted by each member, by order in the group
};

}  // namespace simulator
