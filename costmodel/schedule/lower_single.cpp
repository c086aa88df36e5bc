// One rank does everything; also the compute of every method that splits heads instead of tokens.
#include "costmodel/schedule/lowering.h"

namespace costmodel {

AttentionResult append_single(PhaseBuilder& builder, const ShardSizes& sizes, Direction direction,
                              OpId first_wait) {
  return append_local_attention(builder, sizes, direction, BlockRule::everything, sizes.keys, first_wait);
}

AttentionResult append_local_attention(PhaseBuilder& builder, const ShardSizes& sizes, Direction direction,
                                       BlockRule rule, std::int64_t keys, OpId wait) {
  const std::int64_t n = sizes.tokens;
  const BufferId q = builder.buffer(Payload::queries, sizes.query_bytes(n), Lifetime::phase, "Q");
  // Cached keys are read where the cache lies.
  const BufferId kv =
      keys == sizes.keys
          ? builder.buffer(Payload::keys_values, sizes.kv_bytes(n), Lifetime::phase, "K,V")
          : builder.buffer(Payload::keys_values, sizes.kv_bytes(keys), Lifetime::phase, "K,V gathered");
  const BufferId lse = builder.buffer(Payload::lse, sizes.row_bytes(n), Lifetime::phase, "LSE");
  if (direction == Direction::forward) {
    const BufferId o = builder.buffer(Payload::output, sizes.query_bytes(n), Lifetime::phase, "O");
    return {builder.attention(rule, 0, {}, {wait}, {q, kv}, {o, lse}), o};
  }
  const BufferId o = builder.buffer(Payload::output, sizes.query_bytes(n), Lifetime::touched, "O");
  const BufferId grad_o =
      builder.buffer(Payload::output_gradient, sizes.query_bytes(n), Lifetime::phase, "dO");
  const BufferId delta = builder.buffer(Payload::delta, sizes.row_bytes(n), Lifetime::phase, "delta");
  const BufferId dq = builder.buffer(Payload::query_gradient, sizes.query_bytes(n) * (4.0 / sizes.element),
                                     Lifetime::phase, "dQ fp32");
  // Gathered keys: the parts of all ranks' dK and dV, in the type in which they are summed.
  const double widened = keys == sizes.keys ? 1.0 : sizes.gradient_element / sizes.element;
  const BufferId dkv =
      builder.buffer(Payload::kv_gradient, sizes.kv_bytes(keys) * widened, Lifetime::phase, "dK,dV");
  const OpId made =
      builder.elementwise(delta_work(builder, sizes), rule, 0, {}, {wait}, {o, grad_o}, {delta});
  return {builder.attention(rule, 0, {}, {made, wait}, {q, kv, grad_o}, {dq, dkv}), dq, dkv};
}

}  // namespace costmodel
