#include "costmodel/schedule/phase_builder.h"

#include <algorithm>
#include <stdexcept>

namespace costmodel {

namespace {

template <class T, std::size_t N>
std::uint8_t fill(std::array<T, N>& to, std::initializer_list<T> from, T skip) {
  std::size_t count = 0;
  for (const T item : from) {
    if (item == skip) continue;
    if (count == N) throw std::logic_error("PhaseBuilder: too many waits or buffers");
    to[count++] = item;
  }
  return static_cast<std::uint8_t>(count);
}

template <class T>
std::int32_t add(std::vector<T>& table, const T& item) {
  table.push_back(item);
  return static_cast<std::int32_t>(table.size()) - 1;
}

}  // namespace

void PhaseBuilder::in_layer(std::span<const std::string_view> kept) {
  in_layer_ = true;
  kept_ = kept;
}

BufferId PhaseBuilder::buffer(Payload payload, Bytes bytes, Lifetime lifetime, std::string_view name) {
  const bool scratch = lifetime == Lifetime::touched;
  for (std::size_t b = 0; b < phase_.buffers.size(); ++b) {
    if (phase_.buffers[b].name != name) continue;
    if (scratch && scratch_[b] != 0 && made_for_[b] != purpose_) continue;
    return BufferId(static_cast<std::int64_t>(b));
  }
  if (in_layer_) {
    if (lifetime == Lifetime::phase) lifetime = Lifetime::touched;
    if (std::find(kept_.begin(), kept_.end(), name) != kept_.end()) lifetime = Lifetime::kept;
  }
  phase_.buffers.push_back({payload, bytes, lifetime, name});
  made_for_.push_back(purpose_);
  scratch_.push_back(scratch ? 1 : 0);
  return BufferId(static_cast<std::int64_t>(phase_.buffers.size()) - 1);
}

std::int32_t PhaseBuilder::transfer(RingShift shift, Bytes bytes, Payload payload) {
  return add(phase_.transfers, {shift, bytes, payload});
}

std::int32_t PhaseBuilder::elementwise_work(ElementwiseKind kind, Bytes per_query_row, Bytes per_key_row) {
  return add(phase_.elementwise, {kind, per_query_row, per_key_row, Bytes(0)});
}

OpId PhaseBuilder::append(Op op, Waits waits, Buffers reads, Buffers writes) {
  op.direction = direction_;
  op.purpose = purpose_;
  op.wait_count = fill(op.waits, waits, none);
  op.read_count = fill(op.reads, reads, no_buffer);
  op.write_count = fill(op.writes, writes, no_buffer);
  const OpId id(static_cast<std::int64_t>(phase_.ops.size()));
  for (int i = 0; i < op.wait_count; ++i)
    if (op.waits[static_cast<std::size_t>(i)] >= id)
      throw std::logic_error("PhaseBuilder: waits for a later operation");
  phase_.ops.push_back(op);
  return id;
}

OpId PhaseBuilder::attention(BlockRule rule, std::int32_t step, RingShift visit, Waits waits, Buffers reads,
                             Buffers writes) {
  post_piece();
  Op op;
  op.kind = OpKind::attention;
  op.rule = rule;
  op.rows = rows_;
  op.step = step;
  op.visit = visit;
  return append(op, waits, reads, writes);
}

OpId PhaseBuilder::elementwise(std::int32_t work, BlockRule rule, std::int32_t step, RingShift visit,
                               Waits waits, Buffers reads, Buffers writes) {
  Op op;
  op.kind = OpKind::elementwise;
  op.rule = rule;
  op.rows = rows_;
  op.step = step;
  op.visit = visit;
  op.work = work;
  return append(op, waits, reads, writes);
}

OpId PhaseBuilder::pass(ElementwiseKind kind, Bytes bytes, Waits waits, Buffers reads, Buffers writes) {
  Op op;
  op.kind = OpKind::elementwise;
  op.rule = BlockRule::everything;
  op.work = add(phase_.elementwise, {kind, Bytes(0), Bytes(0), bytes});
  return append(op, waits, reads, writes);
}

OpId PhaseBuilder::gemm(const Gemm& gemm, Waits waits, Buffers reads, Buffers writes) {
  post_piece();
  Op op;
  op.kind = OpKind::gemm;
  op.work = add(phase_.gemms, gemm);
  return append(op, waits, reads, writes);
}

OpId PhaseBuilder::exchange(Lane lane, std::int32_t transfer, std::int32_t step, Waits waits, Buffers reads,
                            Buffers writes) {
  Op op;
  op.kind = OpKind::exchange;
  op.lane = lane;
  op.step = step;
  op.work = transfer;
  return append(op, waits, reads, writes);
}

OpId PhaseBuilder::append_collective(std::int32_t work, Lane lane, Waits waits, Buffers reads,
                                     Buffers writes) {
  Op op;
  op.kind = OpKind::collective;
  op.lane = lane;
  op.work = work;
  return append(op, waits, reads, writes);
}

OpId PhaseBuilder::collective(const Collective& collective, Waits waits, Buffers reads, Buffers writes) {
  const bool parameters =
      collective.payload == Payload::weights || collective.payload == Payload::weight_gradients;
  return append_collective(add(phase_.collectives, collective),
                           parameters ? Lane::parameters : Lane::collective, waits, reads, writes);
}

OpId PhaseBuilder::host(const HostWork& work, Waits waits, Buffers reads, Buffers writes) {
  Op op;
  op.kind = OpKind::host;
  op.lane = Lane::host;
  op.work = add(phase_.host_works, work);
  return append(op, waits, reads, writes);
}

void PhaseBuilder::background(const Collective& collective, OpId wait, BufferId from, BufferId to, int pieces,
                              Repetitions repetitions) {
  Collective piece = collective;
  piece.bytes = collective.bytes / pieces;
  piece.pieces = pieces;
  background_.push_back({add(phase_.collectives, piece), wait, from, to, pieces, repetitions});
}

void PhaseBuilder::post_piece() {
  if (background_.empty()) return;
  Background& first = background_.front();
  // The bytes are the model's, whatever computes beside them.
  const Purpose beside = purpose_;
  purpose_ = Purpose::model;
  last_piece_ = append_collective(first.work, Lane::parameters, {first.wait}, {first.from}, {first.to});
  phase_.ops.back().repetitions = first.repetitions;
  purpose_ = beside;
  if (--first.left == 0) background_.pop_front();
}

OpId PhaseBuilder::drain() {
  while (!background_.empty()) post_piece();
  return last_piece_;
}

}  // namespace costmodel
