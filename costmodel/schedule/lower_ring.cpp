// Ring and double ring, forward and both backward sides.
//
// Forward: K and V circulate; each rank carries the fp32 output, maximum and sum of its own queries.
// Backward kv (RingAttention): K and V circulate again, dK and dV follow their block and come home.
// Backward q (BurstAttention): Q, dO, LSE and delta circulate, dQ follows; dK and dV never leave the rank.
// Bytes: formulas 2.1 to 2.3; the side that sends less: formula 2.4.
#include "costmodel/schedule/circulation.h"

namespace costmodel {

namespace {

constexpr Circulation::Names kv_names{"K,V receive 0", "K,V receive 1", "K,V node receive 0",
                                      "K,V node receive 1"};
constexpr Circulation::Names q_names{"bundle receive 0", "bundle receive 1", "bundle node receive 0",
                                     "bundle node receive 1"};

std::int32_t step_number(const RankGrid& grid, int cycle, int step) { return cycle * grid.inner + step; }

struct BackwardInputs {
  BufferId queries, keys_values, lse, delta, output_gradient;
};

BackwardInputs add_backward_inputs(PhaseBuilder& builder, const ShardSizes& sizes) {
  const std::int64_t n = sizes.tokens;
  BackwardInputs in;
  in.queries = builder.buffer(Payload::queries, sizes.query_bytes(n), Lifetime::phase, "Q");
  in.keys_values = builder.buffer(Payload::keys_values, sizes.kv_bytes(n), Lifetime::phase, "K,V");
  in.lse = builder.buffer(Payload::lse, sizes.row_bytes(n), Lifetime::phase, "LSE");
  in.delta = builder.buffer(Payload::delta, sizes.row_bytes(n), Lifetime::phase, "delta");
  in.output_gradient = builder.buffer(Payload::output_gradient, sizes.query_bytes(n), Lifetime::phase, "dO");
  return in;
}

OpId add_delta(PhaseBuilder& builder, const ShardSizes& sizes, const BackwardInputs& in, OpId first_wait) {
  // O is read here and not needed again.
  const BufferId output =
      builder.buffer(Payload::output, sizes.query_bytes(sizes.tokens), Lifetime::touched, "O");
  return builder.elementwise(delta_work(builder, sizes), BlockRule::visiting_queries, 0, {}, {first_wait},
                             {output, in.output_gradient}, {in.delta});
}

AttentionResult append_forward(PhaseBuilder& builder, const RankGrid& grid, const ShardSizes& sizes,
                               OpId first_wait) {
  const std::int64_t n = sizes.tokens;
  const BufferId queries = builder.buffer(Payload::queries, sizes.query_bytes(n), Lifetime::phase, "Q");
  const Bytes block = sizes.kv_bytes(sizes.keys);
  // The own cached keys travel with them from where the cache lies.
  const BufferId own = builder.buffer(Payload::keys_values, sizes.kv_bytes(n), Lifetime::phase, "K,V");
  const BufferId output = builder.buffer(Payload::output, sizes.query_bytes(n), Lifetime::phase, "O");
  const BufferId lse = builder.buffer(Payload::lse, sizes.row_bytes(n), Lifetime::phase, "LSE");
  const BufferId partial =
      builder.buffer(Payload::partial_output, sizes.query_bytes(n) * (4.0 / sizes.element), Lifetime::phase,
                     "fp32 output state");
  const std::int32_t merge = merge_work(builder, sizes);
  Circulation keys(builder, grid, own, block, Payload::keys_values, kv_names, first_wait);
  OpId last = first_wait;
  for (int cycle = 0; cycle < grid.outer; ++cycle)
    for (int step = 0; step < grid.inner; ++step) {
      const std::int32_t number = step_number(grid, cycle, step);
      const RingShift visit{cycle, step};
      keys.post(cycle, step);
      const bool final_step = number + 1 == grid.ring();
      last = builder.attention(BlockRule::visiting_keys, number, visit,
                               {number == 0 ? first_wait : keys.arrival()}, {queries, keys.block()},
                               {partial, lse, final_step ? output : BufferId(-1)});
      keys.used_by(last, cycle, step);
      if (number > 0)
        last =
            builder.elementwise(merge, BlockRule::visiting_keys, number, visit, {last}, {}, {partial, lse});
    }
  return {last, output};
}

// What tells the two backward sides apart once their blocks and gradients travel.
struct BackwardSteps {
  BlockRule rule = BlockRule::visiting_keys;
  BufferId before, after;  // read by attention beside the visiting block; -1 for none
  BufferId local_sum;      // gradient that stays
  BufferId part;           // one step's share of the gradient that travels
  BufferId home;           // the own part of that gradient, to which the sum is added when it comes home
  std::int32_t add_local = 0, add_travelling = 0;
};

// At every step: fetch the next block, compute, add to both gradients, send the travelling one on.
OpId append_backward_steps(PhaseBuilder& builder, const RankGrid& grid, Circulation& blocks,
                           GradientReturn& gradients, const BackwardSteps& steps, OpId delta) {
  for (int cycle = 0; cycle < grid.outer; ++cycle)
    for (int step = 0; step < grid.inner; ++step) {
      const std::int32_t number = step_number(grid, cycle, step);
      const RingShift visit{cycle, step};
      blocks.post(cycle, step);
      // The second part is the first that travels: there is no sum yet to add it to.
      const BufferId part = number == 0 ? steps.home : number == 1 ? gradients.sum() : steps.part;
      OpId added = builder.attention(steps.rule, number, visit, {number == 0 ? delta : blocks.arrival()},
                                     {steps.before, blocks.block(), steps.after}, {steps.local_sum, part});
      blocks.used_by(added, cycle, step);
      if (number == 0) continue;
      added = builder.elementwise(steps.add_local, steps.rule, number, visit, {added}, {}, {steps.local_sum});
      if (number > 1)
        added = builder.elementwise(steps.add_travelling, steps.rule, number, visit,
                                    {added, gradients.arrival()}, {steps.part}, {gradients.sum()});
      gradients.send(cycle, step, added);
    }
  return builder.elementwise(steps.add_travelling, steps.rule, grid.ring(), {}, {gradients.arrival()},
                             {gradients.sum()}, {steps.home});
}

AttentionResult append_backward_kv(PhaseBuilder& builder, const RankGrid& grid, const ShardSizes& sizes,
                                   OpId first_wait) {
  const std::int64_t n = sizes.tokens;
  const BackwardInputs in = add_backward_inputs(builder, sizes);
  const BufferId dq = builder.buffer(Payload::query_gradient, sizes.query_bytes(n) * (4.0 / sizes.element),
                                     Lifetime::phase, "dQ fp32");
  const Bytes gradient = sizes.kv_bytes(n) * (sizes.gradient_element / sizes.element);
  // What one step adds: computed while the sum that it belongs to is still on its way.
  const BufferId part =
      builder.buffer(Payload::kv_gradient, sizes.kv_bytes(n), Lifetime::touched, "dK,dV part");
  const BufferId home = builder.buffer(Payload::kv_gradient, gradient, Lifetime::phase, "dK,dV");
  const std::int32_t add_local = accumulate_queries_work(builder, sizes, ElementwiseKind::accumulate_local);
  const std::int32_t add_travelling =
      accumulate_keys_work(builder, sizes, ElementwiseKind::accumulate_travelling);
  const OpId delta = add_delta(builder, sizes, in, first_wait);
  Circulation keys(builder, grid, in.keys_values, sizes.kv_bytes(n), Payload::keys_values, kv_names,
                   first_wait);
  GradientReturn gradients(builder, grid, gradient, Payload::kv_gradient, "dK,dV travelling 0",
                           "dK,dV travelling 1");
  const OpId last = append_backward_steps(builder, grid, keys, gradients,
                                          {.rule = BlockRule::visiting_keys,
                                           .before = in.queries,
                                           .after = in.output_gradient,
                                           .local_sum = dq,
                                           .part = part,
                                           .home = home,
                                           .add_local = add_local,
                                           .add_travelling = add_travelling},
                                          delta);
  return {last, dq, home};
}

AttentionResult append_backward_q(PhaseBuilder& builder, const RankGrid& grid, const ShardSizes& sizes,
                                  OpId first_wait) {
  const std::int64_t n = sizes.tokens;
  const BackwardInputs in = add_backward_inputs(builder, sizes);
  const BufferId dkv = builder.buffer(Payload::kv_gradient, sizes.kv_bytes(n) * (4.0 / sizes.element),
                                      Lifetime::phase, "dK,dV fp32");
  const Bytes gradient = sizes.query_bytes(n) * (sizes.gradient_element / sizes.element);
  // What one step adds: computed while the sum that it belongs to is still on its way.
  const BufferId part =
      builder.buffer(Payload::query_gradient, sizes.query_bytes(n), Lifetime::touched, "dQ part");
  const BufferId home = builder.buffer(Payload::query_gradient, gradient, Lifetime::phase, "dQ");
  const std::int32_t add_local = accumulate_keys_work(builder, sizes, ElementwiseKind::accumulate_local);
  const std::int32_t add_travelling =
      accumulate_queries_work(builder, sizes, ElementwiseKind::accumulate_travelling);
  const OpId delta = add_delta(builder, sizes, in, first_wait);
  // Q, dO, LSE and delta in one message.  The own bundle lies in the buffers above, so it costs no memory.
  const Bytes bundle = 2.0 * sizes.query_bytes(n) + 2.0 * sizes.row_bytes(n);
  Circulation queries(builder, grid, in.queries, bundle, Payload::query_bundle, q_names, delta);
  GradientReturn gradients(builder, grid, gradient, Payload::query_gradient, "dQ travelling 0",
                           "dQ travelling 1");
  const OpId last = append_backward_steps(builder, grid, queries, gradients,
                                          {.rule = BlockRule::visiting_queries,
                                           .before = BufferId(-1),
                                           .after = in.keys_values,
                                           .local_sum = dkv,
                                           .part = part,
                                           .home = home,
                                           .add_local = add_local,
                                           .add_travelling = add_travelling},
                                          delta);
  return {last, home, dkv};
}

}  // namespace

AttentionResult append_ring(PhaseBuilder& builder, const RankGrid& grid, const ShardSizes& sizes,
                            BackwardSide side, Direction direction, OpId first_wait) {
  std::vector<Op>& ops = builder.phase().ops;
  ops.reserve(ops.size() + static_cast<std::size_t>(grid.ring()) * 6 + 8);
  if (direction == Direction::forward) return append_forward(builder, grid, sizes, first_wait);
  if (side == BackwardSide::kv) return append_backward_kv(builder, grid, sizes, first_wait);
  return append_backward_q(builder, grid, sizes, first_wait);
}

}  // namespace costmodel
