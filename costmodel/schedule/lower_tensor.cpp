// Megatron tensor parallelism with sequence parallelism, attention half of a layer: gather the layer's input,
// compute on this rank's heads, reduce-scatter the output.  Backward mirrors it: gather the gradient, scatter
// the other one.
//
// The projections (GEMMs) between them are not attention and are not part of this operator; the feed-forward
// half of the layer moves as much again.
#include "costmodel/schedule/lowering.h"

namespace costmodel {

namespace {

// B x N / (ring x ulysses) x hidden elements: what one tensor group holds together.
Bytes group_activations(const ShardSizes& sizes) {
  return Bytes(sizes.batch() * static_cast<double>(sizes.own_tokens) * static_cast<double>(sizes.hidden) *
               sizes.element);
}

// Formula 2.7.
Bytes sent_by_each(const RankGrid& grid, Bytes whole) {
  return whole * static_cast<double>(grid.tensor - 1) / static_cast<double>(grid.tensor);
}

}  // namespace

OpId append_tensor_gather(PhaseBuilder& builder, const RankGrid& grid, const ShardSizes& sizes) {
  const Bytes whole = group_activations(sizes);
  const BufferId shard =
      builder.buffer(Payload::activations, whole / grid.tensor, Lifetime::phase, "activations by tokens");
  const BufferId gathered =
      builder.buffer(Payload::activations, whole, Lifetime::touched, "activations gathered");
  return builder.collective(
      {CollectiveKind::all_gather, GroupKind::tensor, sent_by_each(grid, whole), Payload::activations}, {},
      {shard}, {gathered});
}

OpId append_tensor_scatter(PhaseBuilder& builder, const RankGrid& grid, const ShardSizes& sizes,
                           OpId computed) {
  const Bytes whole = group_activations(sizes);
  const BufferId partial = builder.buffer(Payload::activations, whole, Lifetime::touched, "partial sums");
  const BufferId shard =
      builder.buffer(Payload::activations, whole / grid.tensor, Lifetime::touched, "output by tokens");
  return builder.collective(
      {CollectiveKind::reduce_scatter, GroupKind::tensor, sent_by_each(grid, whole), Payload::activations},
      {computed}, {partial}, {shard});
}

}  // namespace costmodel
