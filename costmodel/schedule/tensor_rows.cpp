// Rows between the shards of tensor ranks and their whole group: what Megatron gathers before a half layer
// and scatters after it.
#include "costmodel/schedule/lower_step.h"

namespace costmodel {

RowBuffer gather_rows(PhaseBuilder& builder, const StepShape& shape, Payload payload, RowBuffer shard,
                      std::string_view name, Lifetime lifetime) {
  if (shape.grid.tensor == 1) return shard;
  const BufferId all = builder.buffer(Payload::hidden, shape.hidden_bytes(), lifetime, name);
  return {all, builder.collective({CollectiveKind::all_gather, GroupKind::tensor,
                                   tensor_bytes(shape.grid, shape.sizes), payload},
                                  {shard.ready}, {shard.buffer}, {all})};
}

RowBuffer scatter_rows(PhaseBuilder& builder, const StepShape& shape, Payload payload, RowBuffer partial,
                       std::string_view name, Lifetime lifetime) {
  if (shape.grid.tensor == 1) return partial;
  const BufferId shard = builder.buffer(Payload::hidden, shape.shard_bytes(), lifetime, name);
  return {shard, builder.collective({CollectiveKind::reduce_scatter, GroupKind::tensor,
                                     tensor_bytes(shape.grid, shape.sizes), payload},
                                    {partial.ready}, {partial.buffer}, {shard})};
}

}  // namespace costmodel
