#include "costmodel/price/traffic.h"

#include <algorithm>

#include "costmodel/price/link_time.h"

namespace costmodel {

Traffic count_traffic(const Schedule& schedule, const ClusterMap& map) {
  const std::size_t ranks = static_cast<std::size_t>(schedule.world_size());
  std::vector<double> up(ranks, 0.0), out(ranks, 0.0);
  Traffic traffic;
  for (const Phase& phase : schedule.phases) {
    const double repeat = phase.repeat;
    std::vector<double> moves(phase.transfers.size(), 0.0);
    for (const Op& op : phase.ops)
      if (op.kind == OpKind::exchange) moves[static_cast<std::size_t>(op.work)] += repeat;
    for (std::size_t t = 0; t < moves.size(); ++t) {
      const Transfer& transfer = phase.transfers[t];
      const double bytes = moves[t] * transfer.bytes.value;
      traffic.attention += Bytes(bytes);
      for (std::size_t r = 0; r < ranks; ++r) {
        const Rank rank(static_cast<std::int64_t>(r));
        switch (map.link_class(rank, schedule.peer(rank, transfer.shift))) {
          case LinkClass::self: break;
          case LinkClass::scale_up: up[r] += bytes; break;
          case LinkClass::scale_out: out[r] += bytes; break;
        }
      }
    }
    for (const Op& op : phase.ops) {
      if (op.kind != OpKind::collective) continue;
      const Collective& collective = phase.collectives[static_cast<std::size_t>(op.work)];
      const CollectiveTime cost = collective_time(schedule, collective, map);
      (collective.group == GroupKind::tensor ? traffic.tensor : traffic.attention) +=
          repeat * collective.bytes;
      for (std::size_t r = 0; r < ranks; ++r) {
        up[r] += repeat * cost.scale_up.value;
        out[r] += repeat * cost.scale_out.value;
      }
    }
  }
  for (std::size_t r = 0; r < ranks; ++r) {
    traffic.scale_up = std::max(traffic.scale_up, Bytes(up[r]));
    traffic.scale_out = std::max(traffic.scale_out, Bytes(out[r]));
    traffic.per_gpu = std::max(traffic.per_gpu, Bytes(up[r] + out[r]));
  }
  return traffic;
}

}  // namespace costmodel
