// Ulysses: an all-to-all changes the split of tokens into a split of heads, attention runs on whole
// sequences, a second one changes it back.  With ring > 1 inside it is the hybrid (USP): the ring works on
// its heads only.
#include "costmodel/schedule/lowering.h"

namespace costmodel {

namespace {

// Each rank keeps 1/U of what it has and sends the rest.   Formula 2.6.
OpId head_split(PhaseBuilder& builder, const RankGrid& grid, Bytes held, Payload payload, OpId wait,
                PhaseBuilder::Buffers from, BufferId to) {
  const Bytes sent = held * static_cast<double>(grid.ulysses - 1) / static_cast<double>(grid.ulysses);
  return builder.collective({CollectiveKind::all_to_all, GroupKind::ulysses, sent, payload}, {wait}, from,
                            {to});
}

}  // namespace

AttentionResult append_all_to_all(PhaseBuilder& builder, const RankGrid& grid, const ShardSizes& sizes,
                                  const Plan& plan, Direction direction, AttentionPart part,
                                  OpId first_wait) {
  const auto compute = [&](OpId wait) {
    return grid.ring() > 1 ? append_ring(builder, grid, sizes, plan.backward, direction, wait)
                           : append_single(builder, sizes, direction, wait);
  };
  // The token split holds as many bytes as the head split: fewer tokens, more heads.
  const Bytes queries = sizes.query_bytes(sizes.tokens);
  const Bytes keys_values = sizes.kv_bytes(sizes.tokens);
  const AttentionInputs inputs = attention_inputs(builder, sizes, plan, direction);
  if (direction == Direction::forward) {
    const BufferId q = builder.buffer(Payload::queries, queries, Lifetime::phase, "Q");
    const OpId split =
        head_split(builder, grid, queries + keys_values, Payload::head_split, first_wait, {inputs.first}, q);
    const BufferId output = builder.buffer(Payload::output, queries, Lifetime::phase, "O");
    const OpId computed = part == AttentionPart::inputs ? split : compute(split).last;
    const BufferId after = builder.buffer(Payload::output, queries, builder.of_result(), "O by tokens");
    return {head_split(builder, grid, queries, Payload::output, computed, {output}, after), after};
  }
  const BufferId gradient = builder.buffer(Payload::output_gradient, queries, Lifetime::phase, "dO");
  const OpId split =
      head_split(builder, grid, queries, Payload::output_gradient, first_wait, {inputs.first}, gradient);
  const AttentionResult computed = compute(split);
  const BufferId after =
      builder.buffer(Payload::head_split, queries + keys_values, builder.of_result(), "dQ,dK,dV by tokens");
  return {head_split(builder, grid, queries + keys_values, Payload::head_split, computed.last,
                     {computed.first, computed.second}, after),
          after};
}

}  // namespace costmodel
