// Builds the program of a phase: appends operations, filling in the fields that follow from their kind, and
// declares buffers.  For the lowering files only.
#pragma once

#include <deque>
#include <initializer_list>
#include <span>
#include <string_view>

#include "costmodel/schedule/schedule.h"

namespace costmodel {

class PhaseBuilder {
 public:
  using Waits = std::initializer_list<OpId>;
  using Buffers = std::initializer_list<BufferId>;
  static constexpr OpId none{-1};           // ignored in a list of waits
  static constexpr BufferId no_buffer{-1};  // ignored in a list of buffers

  explicit PhaseBuilder(Phase& phase) : phase_(phase), direction_(phase.direction) {}

  // Inside a layer nothing lives for the whole phase only because the attention operator alone would keep it;
  // `kept` are the buffers that outlive the phase (Lifetime::kept).
  void in_layer(std::span<const std::string_view> kept);
  // Of what the attention operator leaves: alone it stays, inside a layer its last reader frees it.
  Lifetime of_result() const { return in_layer_ ? Lifetime::touched : Lifetime::leaving; }
  // For the operations that follow.
  void set_direction(Direction direction) { direction_ = direction; }
  void set_purpose(Purpose purpose) { purpose_ = purpose; }
  void set_rows(Rows rows) { rows_ = rows; }

  // A buffer of that name: the present one where there is one.  Scratch of a recomputation
  // (Lifetime::touched) is its own.
  BufferId buffer(Payload payload, Bytes bytes, Lifetime lifetime, std::string_view name);
  std::int32_t transfer(RingShift shift, Bytes bytes, Payload payload);
  std::int32_t elementwise_work(ElementwiseKind kind, Bytes per_query_row, Bytes per_key_row);

  OpId attention(BlockRule rule, std::int32_t step, RingShift visit, Waits waits, Buffers reads,
                 Buffers writes);
  OpId elementwise(std::int32_t work, BlockRule rule, std::int32_t step, RingShift visit, Waits waits,
                   Buffers reads, Buffers writes);
  // An elementwise pass over whole tensors that moves `bytes` in device memory.
  OpId pass(ElementwiseKind kind, Bytes bytes, Waits waits, Buffers reads, Buffers writes);
  OpId gemm(const Gemm& gemm, Waits waits, Buffers reads, Buffers writes);
  OpId exchange(Lane lane, std::int32_t transfer, std::int32_t step, Waits waits, Buffers reads,
                Buffers writes);
  OpId collective(const Collective& collective, Waits waits, Buffers reads, Buffers writes);
  OpId host(const HostWork& work, Waits waits, Buffers reads, Buffers writes);

  // A collective on the lane `parameters` that nothing here waits for yet.  It moves in pieces, one beside
  // each following attention kernel or matrix product, so that it shares the links with what they exchange.
  void background(const Collective& collective, OpId wait, BufferId from, BufferId to, int pieces,
                  Repetitions repetitions);
  // Posts what is left of all background collectives; returns the last piece.
  OpId drain();

  Phase& phase() { return phase_; }

 private:
  struct Background {
    std::int32_t work = 0;  // the piece, the same for all
    OpId wait;
    BufferId from, to;
    int left = 0;
    Repetitions repetitions = Repetitions::all;
  };
  OpId append(Op op, Waits waits, Buffers reads, Buffers writes);
  OpId append_collective(std::int32_t work, Lane lane, Waits waits, Buffers reads, Buffers writes);
  void post_piece();

  Phase& phase_;
  Direction direction_;
  Purpose purpose_ = Purpose::model;
  Rows rows_ = Rows::all;
  bool in_layer_ = false;
  std::span<const std::string_view> kept_;
  std::vector<Purpose> made_for_;  // of each buffer
  std::vector<char> scratch_;      // whether it was declared Lifetime::touched
  std::deque<Background> background_;
  OpId last_piece_ = none;
};

}  // namespace costmodel
