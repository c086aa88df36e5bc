#include "simulator/phase_program.h"

#include <algorithm>

namespace simulator {

using costmodel::Op;
using costmodel::Repetitions;

Turn turn_of(int repetition, int repetitions) {
  if (repetitions <= 1) return Turn::only;
  if (repetition == 0) return Turn::first;
  return repetition + 1 == repetitions ? Turn::last : Turn::middle;
}

bool takes_part(const Op& op, Turn turn) {
  switch (op.repetitions) {
    case Repetitions::all: return true;
    case Repetitions::all_but_first: return turn != Turn::first && turn != Turn::only;
    case Repetitions::all_but_last: return turn != Turn::last && turn != Turn::only;
  }
  return true;
}

PhaseProgram::PhaseProgram(const costmodel::Phase& phase) : phase_(&phase) {
  position_.reserve(phase.ops.size());
  behind_.reserve(phase.ops.size());
  for (std::size_t i = 0; i < phase.ops.size(); ++i) {
    const Op& own = phase.ops[i];
    std::vector<std::int32_t>& ops = lanes_[lane(own)];
    std::array<std::int32_t, lane_count> behind{};
    const auto follow = [&](std::size_t before) {
      for (std::size_t l = 0; l < lane_count; ++l) behind[l] = std::max(behind[l], behind_[before][l]);
      std::int32_t& here = behind[lane(op(before))];
      here = std::max(here, position_[before] + 1);
    };
    if (!ops.empty()) follow(static_cast<std::size_t>(ops.back()));
    for (int k = 0; k < own.wait_count; ++k) follow(own.waits[static_cast<std::size_t>(k)].at());
    position_.push_back(static_cast<std::int32_t>(ops.size()));
    behind_.push_back(behind);
    ops.push_back(static_cast<std::int32_t>(i));
  }
}

}  // namespace simulator
