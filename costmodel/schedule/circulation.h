// How blocks travel on a ring, flat or double, with double buffering.  Used by the ring lowerings only.
//
// A flat ring is a double ring with one outer cycle, so there is one rule for both: in cycle o and inner step
// i the block at ring position (a, b) belongs to position (a - o, b - i).  At the start of a cycle the block
// of that cycle is sent on to the next node while it circulates inside this one; formulas 2.1 to 2.3 of
// docs/model.md.
#pragma once

#include <array>

#include "costmodel/schedule/lowering.h"

namespace costmodel {

// A read-only bundle (K and V, or the query bundle of burst) that visits every rank.
class Circulation {
 public:
  struct Names {
    std::string_view inner0, inner1, outer0, outer1;
  };
  Circulation(PhaseBuilder& builder, const RankGrid& grid, BufferId own, Bytes bytes, Payload payload,
              Names names, OpId first_wait);

  // Posts the exchanges that fetch the following block(s); call before the compute of (cycle, step).
  void post(int cycle, int step);
  // The operation that brought the present block, PhaseBuilder::none for the own block, and where it lies.
  OpId arrival() const { return arrival_; }
  BufferId block() const { return block_; }
  // Notes the compute that reads the present block and goes on to the next one.
  void used_by(OpId compute, int cycle, int step);

 private:
  struct Slot {
    BufferId buffer{-1};
    OpId last_reader{-1};  // the compute that read it
    OpId last_sender{-1};  // the exchange of the other lane that sent it on
  };
  PhaseBuilder& builder_;
  RankGrid grid_;
  OpId first_wait_;
  std::int32_t inner_transfer_ = 0, outer_transfer_ = 0;
  std::array<Slot, 2> inner_, outer_;
  BufferId block_;
  Slot* slot_ = nullptr;  // of the present block; null for the own block
  OpId arrival_ = PhaseBuilder::none;
  OpId inner_exchange_ = PhaseBuilder::none, outer_exchange_ = PhaseBuilder::none;
  OpId start_exchange_ = PhaseBuilder::none;  // brought the block that began this cycle
  std::int32_t steps_posted_ = 0;
};

// A gradient that follows its block, collects a part at every other rank and comes home.  The owner's own
// part never travels: it waits at home, so a ring of G needs G - 1 hops.
class GradientReturn {
 public:
  GradientReturn(PhaseBuilder& builder, const RankGrid& grid, Bytes bytes, Payload payload,
                 std::string_view name0, std::string_view name1);

  // Where the part of this step is added, and what the addition waits for (the hop that brought the sum so
  // far).  After the last step: where the sum has come home, and the hop that brought it.
  BufferId sum() const { return buffers_[parity_]; }
  OpId arrival() const { return arrival_; }
  // Sends the sum on after `added`, towards the rank that computes on the same block next, or home at the
  // end.  Not at the first step, whose part is the owner's own.
  void send(int cycle, int step, OpId added);

 private:
  void hop(Lane lane, std::int32_t transfer, std::int32_t number, OpId wait);
  PhaseBuilder& builder_;
  RankGrid grid_;
  std::int32_t inner_ = 0, diagonal_ = 0, outer_ = 0;
  std::array<BufferId, 2> buffers_;
  std::size_t parity_ = 0;
  OpId arrival_ = PhaseBuilder::none;
};

}  // namespace costmodel
