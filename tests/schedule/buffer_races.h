// Whether operations that touch one buffer, one of them writing, are ordered by lanes and waits alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "costmodel/schedule/schedule.h"

namespace tests {

using costmodel::lane_count;
using costmodel::Op;
using costmodel::Phase;

// before(i, j): operation i has ended when j starts, by lane order and waits.
class Order {
 public:
  explicit Order(const Phase& phase) : words_((phase.ops.size() + 63) / 64) {
    std::vector<int> last_on_lane(lane_count, -1);
    past_.assign(phase.ops.size() * words_, 0);
    for (std::size_t i = 0; i < phase.ops.size(); ++i) {
      const Op& op = phase.ops[i];
      int& last = last_on_lane[static_cast<std::size_t>(op.lane)];
      if (last >= 0) inherit(i, static_cast<std::size_t>(last));
      last = static_cast<int>(i);
      for (std::size_t w = 0; w < op.wait_count; ++w) inherit(i, op.waits[w].at());
    }
  }
  bool before(std::size_t i, std::size_t j) const { return (past_[j * words_ + i / 64] >> (i % 64)) & 1; }

 private:
  void inherit(std::size_t op, std::size_t from) {
    for (std::size_t w = 0; w < words_; ++w) past_[op * words_ + w] |= past_[from * words_ + w];
    past_[op * words_ + from / 64] |= std::uint64_t{1} << (from % 64);
  }
  std::size_t words_;
  std::vector<std::uint64_t> past_;
};

struct Access {
  std::size_t op;
  bool writes;
};

inline std::string first_race(const Phase& phase) {
  for (std::size_t i = 0; i < phase.ops.size(); ++i)
    for (std::size_t w = 0; w < phase.ops[i].wait_count; ++w)
      if (phase.ops[i].waits[w].at() >= i) return "operation " + std::to_string(i) + " waits for a later one";
  const Order order(phase);
  std::vector<std::vector<Access>> accesses(phase.buffers.size());
  for (std::size_t i = 0; i < phase.ops.size(); ++i) {
    const Op& op = phase.ops[i];
    for (std::size_t b = 0; b < op.read_count; ++b) accesses[op.reads[b].at()].push_back({i, false});
    for (std::size_t b = 0; b < op.write_count; ++b) accesses[op.writes[b].at()].push_back({i, true});
  }
  for (std::size_t b = 0; b < accesses.size(); ++b)
    for (const Access& second : accesses[b])
      for (const Access& first : accesses[b]) {
        if (first.op >= second.op || !(first.writes || second.writes)) continue;
        if (!order.before(first.op, second.op))
          return "operations " + std::to_string(first.op) + " and " + std::to_string(second.op) +
                 " are not ordered, both touch \"" + std::string(phase.buffers[b].name) + "\"";
      }
  return "";
}

}  // namespace tests
