// Megatron tensor parallelism with sequence parallelism, attention half of a layer: gather the layer's input,
// compute on this rank's heads, reduce-scatter the output.  Backward mirrors it: gather the gradient, scatter
// the other one.
//
// This is the operator alone: the projections between them, and the feed-forward half that moves as much
// again, are in lower_layer_forward.cpp and lower_layer_backward.cpp.
#include "costmodel/schedule/lowering.h"

namespace costmodel {

namespace {

// B x N / (ring x ulysses) x hidden elements: what one tensor group holds together.
Bytes group_activations(const ShardSizes& sizes) {
  return Bytes(sizes.batch() * static_cast<double>(sizes.own_tokens) * static_cast<double>(sizes.hidden) *
               sizes.element);
}

}  // namespace

Bytes tensor_bytes(const RankGrid& grid, const ShardSizes& sizes) {
  return group_activations(sizes) * static_cast<double>(grid.tensor - 1) / static_cast<double>(grid.tensor);
}

OpId append_tensor_gather(PhaseBuilder& builder, const RankGrid& grid, const ShardSizes& sizes) {
  const Bytes whole = group_activations(sizes);
  const BufferId shard =
      builder.buffer(Payload::activations, whole / grid.tensor, Lifetime::phase, "activations by tokens");
  const BufferId gathered =
      builder.buffer(Payload::activations, whole, Lifetime::touched, "activations gathered");
  return builder.collective(
      {CollectiveKind::all_gather, GroupKind::tensor, tensor_bytes(grid, sizes), Payload::activations}, {},
      {shard}, {gathered});
}

OpId append_tensor_scatter(PhaseBuilder& builder, const RankGrid& grid, const ShardSizes& sizes,
                           OpId computed) {
  const Bytes whole = group_activations(sizes);
  const BufferId partial = builder.buffer(Payload::activations, whole, Lifetime::touched, "partial sums");
  const BufferId shard =
      builder.buffer(Payload::activations, whole / grid.tensor, Lifetime::touched, "output by tokens");
  return builder.collective(
      {CollectiveKind::reduce_scatter, GroupKind::tensor, tensor_bytes(grid, sizes), Payload::activations},
      {computed}, {partial}, {shard});
}

}  // namespace costmodel
