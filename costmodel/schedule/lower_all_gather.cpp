// All ranks gather all keys and values, then each computes its own queries (TransformerEngine all_gather,
// llama3 style).  Backward gathers again and reduce-scatters dK and dV.  Nothing is hidden: the gather comes
// first.  Bytes: formula 2.5.
#include "costmodel/schedule/lowering.h"

namespace costmodel {

OpId append_all_gather(PhaseBuilder& builder, const RankGrid& grid, const ShardSizes& sizes,
                       Direction direction, OpId first_wait) {
  const double others = static_cast<double>(grid.ring() - 1);
  const BufferId own =
      builder.buffer(Payload::keys_values, sizes.kv_bytes(sizes.tokens), Lifetime::phase, "K,V");
  const OpId gathered = builder.collective({CollectiveKind::all_gather, GroupKind::ring,
                                            others * sizes.kv_bytes(sizes.tokens), Payload::keys_values},
                                           {first_wait}, {own}, {});
  const OpId computed =
      append_local_attention(builder, sizes, direction, BlockRule::gathered_keys, sizes.sequence, gathered);
  if (direction == Direction::forward) return computed;
  const Bytes gradient = sizes.kv_bytes(sizes.tokens) * (sizes.gradient_element / sizes.element);
  const BufferId home = builder.buffer(Payload::kv_gradient, gradient, Lifetime::touched, "dK,dV own");
  return builder.collective(
      {CollectiveKind::reduce_scatter, GroupKind::ring, others * gradient, Payload::kv_gradient}, {computed},
      {}, {home});
}

}  // namespace costmodel
