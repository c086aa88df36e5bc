#include <stdexcept>

#include "costmodel/schedule/lowering.h"

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

}  // namespace

BufferId PhaseBuilder::buffer(Payload payload, Bytes bytes, Lifetime lifetime, std::string_view name) {
  phase_.buffers.push_back({payload, bytes, lifetime, name});
  return BufferId(static_cast<std::int64_t>(phase_.buffers.size()) - 1);
}

std::int32_t PhaseBuilder::transfer(RingShift shift, Bytes bytes, Payload payload) {
  phase_.transfers.push_back({shift, bytes, payload});
  return static_cast<std::int32_t>(phase_.transfers.size()) - 1;
}

std::int32_t PhaseBuilder::elementwise_work(ElementwiseKind kind, Bytes per_query_row, Bytes per_key_row) {
  phase_.elementwise.push_back({kind, per_query_row, per_key_row});
  return static_cast<std::int32_t>(phase_.elementwise.size()) - 1;
}

OpId PhaseBuilder::append(Op op, Waits waits, Buffers reads, Buffers writes) {
  op.wait_count = fill(op.waits, waits, none);
  op.read_count = fill(op.reads, reads, BufferId(-1));
  op.write_count = fill(op.writes, writes, BufferId(-1));
  const OpId id(static_cast<std::int64_t>(phase_.ops.size()));
  for (int i = 0; i < op.wait_count; ++i)
    if (op.waits[static_cast<std::size_t>(i)] >= id)
      throw std::logic_error("PhaseBuilder: waits for a later operation");
  phase_.ops.push_back(op);
  return id;
}

OpId PhaseBuilder::attention(BlockRule rule, std::int32_t step, RingShift visit, Waits waits, Buffers reads,
                             Buffers writes) {
  Op op;
  op.kind = OpKind::attention;
  op.rule = rule;
  op.step = step;
  op.visit = visit;
  return append(op, waits, reads, writes);
}

OpId PhaseBuilder::elementwise(std::int32_t work, BlockRule rule, std::int32_t step, RingShift visit,
                               Waits waits, Buffers reads, Buffers writes) {
  Op op;
  op.kind = OpKind::elementwise;
  op.rule = rule;
  op.step = step;
  op.visit = visit;
  op.work = work;
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

OpId PhaseBuilder::collective(Collective collective, Waits waits, Buffers reads, Buffers writes) {
  phase_.collectives.push_back(collective);
  Op op;
  op.kind = OpKind::collective;
  op.lane = Lane::collective;
  op.work = static_cast<std::int32_t>(phase_.collectives.size()) - 1;
  return append(op, waits, reads, writes);
}

// Merge of two fp32 partial outputs: the interpreter decides how many passes (calibration), one pass is 4
// bytes an element.
std::int32_t merge_work(PhaseBuilder& builder, const ShardSizes& sizes) {
  return builder.elementwise_work(ElementwiseKind::merge, sizes.query_bytes(1) * (4.0 / sizes.element),
                                  Bytes(0));
}

// delta = rowsum(dO * O): read two tensors of query width, write one fp32 number per head.
std::int32_t delta_work(PhaseBuilder& builder, const ShardSizes& sizes) {
  return builder.elementwise_work(ElementwiseKind::delta, 2.0 * sizes.query_bytes(1) + sizes.row_bytes(1),
                                  Bytes(0));
}

// An accumulation reads the fp32 sum and the new part and writes the sum: 4 + e + 4 bytes an element.
std::int32_t accumulate_queries_work(PhaseBuilder& builder, const ShardSizes& sizes, ElementwiseKind kind) {
  const double per_element = kind == ElementwiseKind::accumulate_travelling
                                 ? 2.0 * sizes.gradient_element + sizes.element
                                 : 8.0 + sizes.element;
  return builder.elementwise_work(kind, sizes.query_bytes(1) * (per_element / sizes.element), Bytes(0));
}

std::int32_t accumulate_keys_work(PhaseBuilder& builder, const ShardSizes& sizes, ElementwiseKind kind) {
  const double per_element = kind == ElementwiseKind::accumulate_travelling
                                 ? 2.0 * sizes.gradient_element + sizes.element
                                 : 8.0 + sizes.element;
  return builder.elementwise_work(kind, Bytes(0), sizes.kv_bytes(1) * (per_element / sizes.element));
}

}  // namespace costmodel
