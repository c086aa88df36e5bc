#include "costmodel/price/traffic.h"

#include <algorithm>

#include "costmodel/price/link_time.h"

namespace costmodel {

void Traffic::add(const Traffic& other, double runs) {
  per_gpu += runs * other.per_gpu;
  scale_up += runs * other.scale_up;
  scale_out += runs * other.scale_out;
  for (std::size_t i = 0; i < items.size(); ++i) items[i] += runs * other.items[i];
}

Traffic phase_traffic(const Schedule& schedule, const Phase& phase, const ClusterMap& map,
                      ShiftTable& shifts) {
  Traffic traffic;
  std::vector<double> moves(phase.transfers.size(), 0.0);
  CollectiveTimes times(schedule.grid, map);
  Bytes up_by_all, out_by_all;  // collectives load all ranks alike
  const double all_but_one = (phase.repeat - 1.0) / phase.repeat;
  for (const Op& op : phase.ops) {
    const double share = op.repetitions == Repetitions::all ? 1.0 : all_but_one;  // of its repetitions
    Bytes bytes;
    if (op.kind == OpKind::exchange) {
      moves[static_cast<std::size_t>(op.work)] += share;
      bytes = phase.transfers[static_cast<std::size_t>(op.work)].bytes;
    } else if (op.kind == OpKind::collective) {
      const Collective& collective = phase.collectives[static_cast<std::size_t>(op.work)];
      const CollectiveTime cost = times.of(collective);
      bytes = collective.bytes;
      up_by_all += share * cost.scale_up;
      out_by_all += share * cost.scale_out;
    } else {
      continue;
    }
    traffic.items[static_cast<std::size_t>(traffic_item(phase, op))] += share * bytes;
  }
  if (phase.transfers.empty()) {
    traffic.scale_up = up_by_all;
    traffic.scale_out = out_by_all;
    traffic.per_gpu = up_by_all + out_by_all;
    return traffic;
  }
  // The busiest of the places whose edges may differ: one, the ring positions, or all ranks.
  EdgeExtent extent = EdgeExtent::one;
  for (const Transfer& transfer : phase.transfers)
    extent = std::max(extent, shifts.of(schedule.grid, transfer.shift).extent);
  const RankGrid& grid = schedule.grid;
  const std::size_t places = extent == EdgeExtent::one         ? 1U
                             : extent == EdgeExtent::positions ? static_cast<std::size_t>(grid.ring())
                                                               : static_cast<std::size_t>(grid.size());
  std::vector<double> up(places, up_by_all.value), out(places, out_by_all.value);
  for (std::size_t t = 0; t < moves.size(); ++t) {
    const ShiftEdges& edges = shifts.of(grid, phase.transfers[t].shift);
    const double bytes = moves[t] * phase.transfers[t].bytes.value;
    for (std::size_t p = 0; p < places; ++p) {
      const std::size_t position = extent == EdgeExtent::ranks
                                       ? static_cast<std::size_t>(grid.ring_position(
                                             grid.coordinates(Rank(static_cast<std::int64_t>(p)))))
                                       : p;
      switch (edges.of(position, p).link) {
        case LinkClass::self: break;
        case LinkClass::scale_up: up[p] += bytes; break;
        case LinkClass::scale_out: out[p] += bytes; break;
      }
    }
  }
  for (std::size_t p = 0; p < places; ++p) {
    traffic.scale_up = std::max(traffic.scale_up, Bytes(up[p]));
    traffic.scale_out = std::max(traffic.scale_out, Bytes(out[p]));
    traffic.per_gpu = std::max(traffic.per_gpu, Bytes(up[p] + out[p]));
  }
  return traffic;
}

Traffic count_traffic(const Schedule& schedule, const ClusterMap& map, ShiftTable& shifts) {
  Traffic traffic;
  for (const Phase& phase : schedule.phases)
    traffic.add(phase_traffic(schedule, phase, map, shifts), schedule.runs(phase));
  return traffic;
}

Traffic count_traffic(const Schedule& schedule, const ClusterMap& map) {
  ShiftTable shifts(map);
  return count_traffic(schedule, map, shifts);
}

}  // namespace costmodel
