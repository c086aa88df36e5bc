// A ring in which the queries travel forward (pass-Q): each rank computes every rank's queries on its own
// keys, and an all-to-all brings the partial outputs home, where they are merged.  Cheaper than passing K and
// V when few new tokens meet a long cache.  Bytes: formula 2.8; source: arXiv 2411.01783.
#include "costmodel/schedule/circulation.h"

namespace costmodel {

AttentionResult append_pass_q(PhaseBuilder& builder, const RankGrid& grid, const ShardSizes& sizes,
                              OpId first_wait) {
  constexpr Circulation::Names names{"Q receive 0", "Q receive 1", "Q node receive 0", "Q node receive 1"};
  const std::int64_t n = sizes.tokens;
  const Bytes queries = sizes.query_bytes(n);
  const BufferId own = builder.buffer(Payload::queries, queries, Lifetime::phase, "Q");
  const BufferId keys = builder.buffer(Payload::keys_values, sizes.kv_bytes(n), Lifetime::phase, "K,V");
  const BufferId output = builder.buffer(Payload::output, queries, Lifetime::phase, "O");
  const BufferId lse = builder.buffer(Payload::lse, sizes.row_bytes(n), Lifetime::phase, "LSE");
  // A partial output and its LSE of every rank's queries: made here, and those of the own queries made
  // elsewhere.
  const Bytes partial = queries + sizes.row_bytes(n);
  const Bytes all_partials = partial * static_cast<double>(grid.ring());
  const BufferId made =
      builder.buffer(Payload::partial_output, all_partials, Lifetime::touched, "partial outputs made");
  const BufferId received =
      builder.buffer(Payload::partial_output, all_partials, Lifetime::touched, "partial outputs received");
  const std::int32_t merge = merge_work(builder, sizes);
  Circulation travelling(builder, grid, own, queries, Payload::queries, names, first_wait);
  OpId last = first_wait;
  for (int cycle = 0; cycle < grid.outer; ++cycle)
    for (int step = 0; step < grid.inner; ++step) {
      const std::int32_t number = cycle * grid.inner + step;
      travelling.post(cycle, step);
      last = builder.attention(BlockRule::visiting_queries, number, {cycle, step},
                               {number == 0 ? first_wait : travelling.arrival()}, {travelling.block(), keys},
                               {made});
      travelling.used_by(last, cycle, step);
    }
  last = builder.collective({CollectiveKind::all_to_all, GroupKind::ring,
                             partial * static_cast<double>(grid.ring() - 1), Payload::partial_output},
                            {last}, {made}, {received});
  for (int number = 1; number < grid.ring(); ++number)
    last =
        builder.elementwise(merge, BlockRule::visiting_keys, number, {}, {last}, {received}, {output, lse});
  return {last, output};
}

}  // namespace costmodel
