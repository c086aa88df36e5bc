// A phase as both engines run it: the operations of each lane in order, and what each has behind it.
//
// Nothing here describes an algorithm: it is the phase of the schedule, indexed.
#pragma once

#include <array>
#include <vector>

#include "costmodel/schedule/schedule.h"

namespace simulator {

using costmodel::lane_count;

// Which repetition of a phase runs: the first and the last leave operations out (Op::repetitions).
enum class Turn : std::uint8_t { only, first, middle, last };
Turn turn_of(int repetition, int repetitions);
bool takes_part(const costmodel::Op& op, Turn turn);

class PhaseProgram {
 public:
  explicit PhaseProgram(const costmodel::Phase& phase);

  const costmodel::Phase& phase() const { return *phase_; }
  const costmodel::Op& op(std::size_t i) const { return phase_->ops[i]; }
  std::size_t size() const { return phase_->ops.size(); }
  static std::size_t lane(const costmodel::Op& op) { return static_cast<std::size_t>(op.lane); }
  // Operations of a lane, in order, and where in its lane an operation is.
  const std::vector<std::int32_t>& lane_ops(std::size_t lane) const { return lanes_[lane]; }
  std::int32_t position(std::size_t op) const { return position_[op]; }
  // How many operations of each lane must have ended before this one starts, directly or through others.
  const std::array<std::int32_t, lane_count>& behind(std::size_t op) const { return behind_[op]; }
  // Whether `earlier` always ends before `later` starts on the same rank.
  bool ordered(std::size_t earlier, std::size_t later) const {
    return behind_[later][lane(op(earlier))] > position_[earlier];
  }

 private:
  const costmodel::Phase* phase_;
  std::array<std::vector<std::int32_t>, lane_count> lanes_;
  std::vector<std::int32_t> position_;
  std::vector<std::array<std::int32_t, lane_count>> behind_;
};

}  // namespace simulator
