#include "costmodel/price/walk_order.h"

#include <algorithm>
#include <array>

namespace costmodel {

void find_walk_order(const Phase& phase, WalkOrder& order) {
  // How many compute operations have ended when an operation has: those it waits for, and itself.
  std::vector<std::int32_t>& behind = order.behind;
  behind.resize(phase.ops.size());
  std::vector<std::int32_t>& turns = order.turns;
  turns.resize(phase.ops.size());
  std::array<std::int32_t, lane_count> on_lane{};
  std::int32_t computed = 0;
  // Pieces of weights and gradients, which wait for nothing, and exchanges take turns on the ports as the
  // program posts them.   Formula 4.3.
  std::int32_t posted = 0, last_piece = 0;
  for (std::size_t i = 0; i < phase.ops.size(); ++i) {
    const Op& op = phase.ops[i];
    std::int32_t& own = on_lane[static_cast<std::size_t>(op.lane)];
    for (int k = 0; k < op.wait_count; ++k)
      own = std::max(own, behind[op.waits[static_cast<std::size_t>(k)].at()]);
    if (op.lane == Lane::compute) own = ++computed;
    behind[i] = own;
    if (op.lane == Lane::compute) {
      turns[i] = 2 * own - 1;
      continue;
    }
    const bool piece = op.lane == Lane::parameters;
    const std::int32_t when = std::max(own, piece ? posted : last_piece);
    posted = std::max(posted, when);
    if (piece) last_piece = when;
    turns[i] = 2 * when;
  }
  const auto turn = [&](std::size_t i) { return static_cast<std::size_t>(turns[i]); };
  std::vector<std::int32_t>& begin = order.turn_begin;
  begin.assign(2 * static_cast<std::size_t>(computed) + 2, 0);
  for (std::size_t i = 0; i < phase.ops.size(); ++i) ++begin[turn(i) + 1];
  for (std::size_t t = 1; t < begin.size(); ++t) begin[t] += begin[t - 1];
  order.places.resize(phase.ops.size());
  for (std::size_t i = 0; i < phase.ops.size(); ++i)
    order.places[static_cast<std::size_t>(begin[turn(i)]++)] = static_cast<std::int32_t>(i);
}

}  // namespace costmodel
