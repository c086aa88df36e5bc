// All ranks gather all keys and values, then each computes its own queries (TransformerEngine all_gather,
// llama3 style).  Backward gathers again and reduce-scatters dK and dV.  Nothing is hidden: the gather comes
// first.  Bytes: formula 2.5.
#include "costmodel/schedule/lowering.h"

namespace costmodel {

AttentionResult append_all_gather(PhaseBuilder& builder, const RankGrid& grid, const ShardSizes& sizes,
                                  Direction direction, OpId first_wait) {
  const double others = static_cast<double>(grid.ring() - 1);
  const std::int64_t all_keys = sizes.keys * grid.ring();
  const BufferId own =
      builder.buffer(Payload::keys_values, sizes.kv_bytes(sizes.tokens), Lifetime::phase, "K,V");
  const BufferId all =
      builder.buffer(Payload::keys_values, sizes.kv_bytes(all_keys), Lifetime::phase, "K,V gathered");
  const OpId gathered = builder.collective({CollectiveKind::all_gather, GroupKind::ring,
                                            others * sizes.kv_bytes(sizes.keys), Payload::keys_values},
                                           {first_wait}, {own}, {all});
  AttentionResult result =
      append_local_attention(builder, sizes, direction, BlockRule::gathered_keys, all_keys, gathered);
  if (direction == Direction::forward) return result;
  const Bytes gradient = sizes.kv_bytes(sizes.tokens) * (sizes.gradient_element / sizes.element);
  const BufferId home = builder.buffer(Payload::kv_gradient, gradient, builder.of_result(), "dK,dV own");
  result.last = builder.collective(
      {CollectiveKind::reduce_scatter, GroupKind::ring, others * gradient, Payload::kv_gradient},
      {result.last}, {result.second}, {home});
  result.second = home;
  return result;
}

}  // namespace costmodel
