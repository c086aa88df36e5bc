#include "costmodel/schedule/schedule.h"

#include <stdexcept>

namespace costmodel {

std::string_view name_of(Lane lane) {
  constexpr std::array<std::string_view, lane_count> names{
      "compute", "ring", "outer ring", "gradient ring", "outer gradient ring", "collective"};
  return names.at(static_cast<std::size_t>(lane));
}

std::string_view name_of(Payload payload) {
  constexpr std::array<std::string_view, 12> names{"Q",           "K,V",        "O",
                                                   "LSE",         "delta",      "dO",
                                                   "dQ",          "dK,dV",      "Q,dO,LSE,delta",
                                                   "activations", "head split", "partial output"};
  return names.at(static_cast<std::size_t>(payload));
}

std::string_view name_of(CollectiveKind kind) {
  constexpr std::array<std::string_view, 3> names{"all-gather", "reduce-scatter", "all-to-all"};
  return names.at(static_cast<std::size_t>(kind));
}

std::string_view name_of(ElementwiseKind kind) {
  constexpr std::array<std::string_view, 4> names{"merge", "delta", "accumulate local gradient",
                                                  "accumulate travelling gradient"};
  return names.at(static_cast<std::size_t>(kind));
}

Schedule::Blocks Schedule::blocks(const Op& op, const RankCoordinates& at) const {
  switch (op.rule) {
    case BlockRule::everything: return {all_tokens(sequence), all_tokens(sequence)};
    case BlockRule::gathered_keys: return {tokens(grid.ring_position(at)), all_tokens(sequence)};
    case BlockRule::visiting_keys:
    case BlockRule::visiting_queries: break;
  }
  const TokenSet own = tokens(grid.ring_position(at));
  const RankCoordinates owner = shifted(grid, at, {-op.visit.outer, -op.visit.inner});
  const TokenSet visiting = tokens(grid.ring_position(owner));
  if (op.rule == BlockRule::visiting_keys) return {own, visiting};
  return {visiting, own};
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
