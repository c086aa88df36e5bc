#include "costmodel/schedule/schedule.h"

#include <stdexcept>

namespace costmodel {

std::string_view name_of(Lane lane) {
  constexpr std::array<std::string_view, lane_count> names{
      "compute",    "ring",       "outer ring", "gradient ring", "outer gradient ring",
      "collective", "parameters", "host"};
  return names.at(static_cast<std::size_t>(lane));
}

std::string_view name_of(Payload payload) {
  constexpr std::array<std::string_view, 20> names{"Q",
                                                   "K,V",
                                                   "O",
                                                   "LSE",
                                                   "delta",
                                                   "dO",
                                                   "dQ",
                                                   "dK,dV",
                                                   "Q,dO,LSE,delta",
                                                   "activations",
                                                   "head split",
                                                   "partial output",
                                                   "hidden states",
                                                   "feed-forward activations",
                                                   "embeddings",
                                                   "logits",
                                                   "weights",
                                                   "weight gradients",
                                                   "optimizer states",
                                                   "K,V cache"};
  return names.at(static_cast<std::size_t>(payload));
}

std::string_view name_of(CollectiveKind kind) {
  constexpr std::array<std::string_view, 4> names{"all-gather", "reduce-scatter", "all-to-all", "all-reduce"};
  return names.at(static_cast<std::size_t>(kind));
}

std::string_view name_of(ElementwiseKind kind) {
  constexpr std::array<std::string_view, 13> names{"merge",
                                                   "delta",
                                                   "accumulate local gradient",
                                                   "accumulate travelling gradient",
                                                   "norm",
                                                   "rotary embedding",
                                                   "activation",
                                                   "residual",
                                                   "expert dispatch",
                                                   "quantisation",
                                                   "embedding",
                                                   "loss",
                                                   "optimizer"};
  return names.at(static_cast<std::size_t>(kind));
}

std::string_view name_of(HostKind kind) {
  constexpr std::array<std::string_view, 3> names{"copy to host", "update on host", "copy to device"};
  return names.at(static_cast<std::size_t>(kind));
}

std::string_view name_of(TrafficItem item) {
  constexpr std::array<std::string_view, traffic_item_count> names{"attention", "tensor",     "recomputation",
                                                                   "head",      "parameters", "gradients"};
  return names.at(static_cast<std::size_t>(item));
}

TrafficItem traffic_item(const Phase& phase, const Op& op) {
  if (op.kind == OpKind::collective) {
    const Collective& collective = phase.collectives.at(static_cast<std::size_t>(op.work));
    switch (collective.payload) {
      case Payload::weights: return TrafficItem::parameters;
      case Payload::weight_gradients: return TrafficItem::gradients;
      case Payload::head_activations: return TrafficItem::head;
      default: break;
    }
    if (op.purpose == Purpose::model && collective.group == GroupKind::tensor) return TrafficItem::tensor;
  }
  return op.purpose == Purpose::recompute ? TrafficItem::recomputation : TrafficItem::attention;
}

std::string op_name(const Phase& phase, const Op& op) {
  const std::size_t work = static_cast<std::size_t>(op.work);
  const std::string again = op.purpose == Purpose::recompute ? ", recomputed" : "";
  switch (op.kind) {
    case OpKind::attention:
      return std::string("attention ") + (op.direction == Direction::forward ? "forward" : "backward") +
             ", step " + std::to_string(op.step) + again;
    case OpKind::elementwise: return std::string(name_of(phase.elementwise.at(work).kind)) + again;
    case OpKind::gemm: return std::string(phase.gemms.at(work).name) + again;
    case OpKind::exchange:
      return std::string(name_of(phase.transfers.at(work).payload)) + " (exchange)" + again;
    case OpKind::collective:
      return std::string(name_of(phase.collectives.at(work).payload)) + " (" +
             std::string(name_of(phase.collectives.at(work).kind)) + ")" + again;
    case OpKind::host: return std::string(name_of(phase.host_works.at(work).kind)) + again;
  }
  return "";
}

Bytes Phase::kept_bytes() const {
  Bytes sum;
  for (const Buffer& buffer : buffers)
    if (buffer.lifetime == Lifetime::kept) sum += buffer.bytes;
  return sum;
}

int runs_of(Cadence cadence, int repeat, int micro_batches) {
  switch (cadence) {
    case Cadence::every_micro_batch: return repeat * micro_batches;
    case Cadence::all_but_last: return repeat * (micro_batches - 1);
    case Cadence::last_micro_batch:
    case Cadence::step: return repeat;
  }
  return repeat;
}

int Schedule::runs(const Phase& phase) const { return runs_of(phase.cadence, phase.repeat, micro_batches); }

Schedule::Blocks Schedule::blocks(const Op& op, const RankCoordinates& at) const {
  const auto rows = [&](const TokenSet& queries) {
    return op.rows == Rows::all ? queries : tokens_before(queries, sequence / 2);
  };
  switch (op.rule) {
    case BlockRule::everything: return {rows(all_tokens(sequence)), all_tokens(sequence)};
    case BlockRule::gathered_keys: return {rows(tokens(grid.ring_position(at))), all_tokens(sequence)};
    case BlockRule::visiting_keys:
    case BlockRule::visiting_queries: break;
  }
  const TokenSet own = tokens(grid.ring_position(at));
  const RankCoordinates owner = shifted(grid, at, {-op.visit.outer, -op.visit.inner});
  const TokenSet visiting = tokens(grid.ring_position(owner));
  if (op.rule == BlockRule::visiting_keys) return {rows(own), visiting};
  return {rows(visiting), own};
}

BlockGeometry Schedule::geometry(const Blocks& blocks, const Op& op) const {
  BlockGeometry block = block_geometry(blocks.queries, blocks.keys, mask);
  if (cached == 0) return block;
  // Every query sees all cached keys of the block.
  const bool one_position = op.rule == BlockRule::visiting_keys || op.rule == BlockRule::visiting_queries;
  const std::int64_t keys = one_position ? cached / grid.ring() : cached;
  block.kept_pairs += static_cast<double>(keys) * static_cast<double>(blocks.queries.size());
  block.query_rows = blocks.queries.size();
  block.key_rows += keys;
  block.longest_row += keys;
  return block;
}

BlockGeometry Schedule::geometry(const Op& op, const RankCoordinates& at) const {
  const bool visits = op.rule == BlockRule::visiting_keys || op.rule == BlockRule::visiting_queries;
  if (mask.kind == MaskKind::documents && visits) {
    const int own = grid.ring_position(at);
    const int visiting = grid.ring_position(shifted(grid, at, {-op.visit.outer, -op.visit.inner}));
    const bool keys_visit = op.rule == BlockRule::visiting_keys;
    BlockGeometry block;
    for (const std::int64_t document : mask.documents)
      block += block_geometry(tokens_of(layout, document, grid.ring(), keys_visit ? own : visiting),
                              tokens_of(layout, document, grid.ring(), keys_visit ? visiting : own), {});
    return block;
  }
  return geometry(blocks(op, at), op);
}

Rank Schedule::peer(Rank rank, RingShift shift) const {
  return grid.rank(shifted(grid, grid.coordinates(rank), shift));
}

ResolvedOp Schedule::resolve(const Phase& phase, OpId id, Rank rank) const {
  ResolvedOp resolved;
  resolved.id = id;
  resolved.op = &phase.ops.at(id.at());
  resolved.tag = id.value;
  switch (resolved.op->kind) {
    case OpKind::exchange: {
      const Transfer& transfer = phase.transfers.at(static_cast<std::size_t>(resolved.op->work));
      resolved.to = peer(rank, transfer.shift);
      resolved.from = peer(rank, {-transfer.shift.outer, -transfer.shift.inner});
      resolved.bytes = transfer.bytes;
      break;
    }
    case OpKind::collective:
      resolved.bytes = phase.collectives.at(static_cast<std::size_t>(resolved.op->work)).bytes;
      break;
    case OpKind::gemm:
    case OpKind::host: break;
    case OpKind::attention:
    case OpKind::elementwise: {
      const Blocks b = blocks(*resolved.op, grid.coordinates(rank));
      resolved.queries = b.queries;
      resolved.keys = b.keys;
      break;
    }
  }
  return resolved;
}

std::vector<ResolvedOp> Schedule::ops(const Phase& phase, Rank rank) const {
  std::vector<ResolvedOp> list;
  list.reserve(phase.ops.size());
  for (std::size_t i = 0; i < phase.ops.size(); ++i)
    list.push_back(resolve(phase, OpId(static_cast<std::int64_t>(i)), rank));
  return list;
}

}  // namespace costmodel
