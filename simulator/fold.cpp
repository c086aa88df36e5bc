#include "simulator/fold.h"

#include <set>
#include <utility>

#include "costmodel/price/fabric.h"

namespace simulator {

using costmodel::GroupKind;
using costmodel::Rank;
using costmodel::RingShift;

namespace {

// All groups of a kind are blocks of neighbouring ranks; a shift by whole blocks, or a part of a block that
// keeps its stride, maps groups to groups.
bool keeps_groups(const costmodel::RankGrid& grid, GroupKind kind, int period) {
  const int size = costmodel::group_size(grid, kind), stride = costmodel::group_stride(grid, kind);
  if (size == 1) return true;
  const int block = size * stride;
  return period % stride == 0 && (period % block == 0 || block % period == 0);
}

bool keeps_peers(const costmodel::Schedule& schedule, RingShift shift, int period) {
  const int ranks = schedule.world_size();
  for (int r = period; r < ranks; ++r) {
    // The same way on, from the same place in the period.
    const int image = r % period;
    const int way = schedule.peer(Rank(r), shift).value - r;
    const int image_way = schedule.peer(Rank(image), shift).value - image;
    if ((way - image_way) % period != 0) return false;
  }
  return true;
}

// Which nodes and leaves a message leaves behind must not depend on the period it starts in.
bool keeps_crossings(const costmodel::Schedule& schedule, const costmodel::ClusterMap& map,
                     const costmodel::Fabric& fabric, RingShift shift, int period) {
  const auto kind = [&](int r) {
    const Rank to = schedule.peer(Rank(r), shift);
    const costmodel::Place &a = map.place(Rank(r)), &b = map.place(to);
    return std::pair(a.node == b.node, fabric.node_block(a) == fabric.node_block(b));
  };
  for (int r = period; r < schedule.world_size(); ++r)
    if (kind(r) != kind(r % period)) return false;
  return true;
}

}  // namespace

Fold symmetric_fold(const costmodel::Schedule& schedule, const costmodel::ClusterMap& map,
                    const WhatIf& what_if, bool alike) {
  const int ranks = schedule.world_size();
  Fold fold{{ranks, ranks}, ""};
  if (!map.regular()) return fold.refused = "nodes differ, or ranks are placed by hand", fold;
  if (map.rank_count() != ranks) return fold.refused = "the plan leaves GPUs idle", fold;
  if (!what_if.stragglers.empty()) return fold.refused = "a GPU is slower than the others", fold;
  if (!what_if.degraded.empty() || !what_if.failed.empty()) return fold.refused = "a link differs", fold;
  if (what_if.jitter > 0) return fold.refused = "kernels are noisy", fold;
  if (what_if.start_spread.value > 0) return fold.refused = "ranks begin at different times", fold;
  if (what_if.spine == Spine::hashed) return fold.refused = "flows are hashed onto uplinks", fold;
  if (!alike) return fold.refused = "ranks compute different amounts", fold;
  const costmodel::Fabric fabric(map.cluster());
  const int gpus = map.cluster().groups.front().node.gpus;
  const bool leaves_matter = fabric.oversubscribed();
  const int unit = gpus * (leaves_matter ? fabric.nodes_per_leaf() : 1);
  if (leaves_matter && fabric.nodes() % fabric.nodes_per_leaf() != 0)
    return fold.refused = "the last leaf has fewer nodes than the others", fold;
  std::set<std::pair<int, int>> shifts;
  std::set<GroupKind> groups;
  for (const costmodel::Phase& phase : schedule.phases) {
    for (const costmodel::Transfer& t : phase.transfers) shifts.emplace(t.shift.outer, t.shift.inner);
    for (const costmodel::Collective& c : phase.collectives) groups.insert(c.group);
  }
  const auto works = [&](int period) {
    for (const GroupKind kind : groups)
      if (!keeps_groups(schedule.grid, kind, period)) return false;
    for (const auto& [outer, inner] : shifts) {
      const RingShift shift{outer, inner};
      if (!keeps_peers(schedule, shift, period)) return false;
      if (!keeps_crossings(schedule, map, fabric, shift, period)) return false;
    }
    return true;
  };
  for (int period = unit; period < ranks; period += unit) {
    if (ranks % period != 0 || !works(period)) continue;
    fold.world.simulated = period;
    return fold;
  }
  if (unit < ranks) fold.refused = "no part of the cluster repeats itself under this plan";
  return fold;
}

}  // namespace simulator
