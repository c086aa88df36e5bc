#include "costmodel/price/block_price.h"

#include <algorithm>

#include "costmodel/price/attention_time.h"

namespace costmodel {

BlockPrices::BlockPrices(const Schedule& schedule, const Phase& phase, double element, const ClusterMap& map,
                         std::span<const Calibration* const> calibrations)
    : schedule_(schedule),
      phase_(phase),
      element_(element),
      map_(map),
      calibrations_(calibrations),
      table_(map.cluster().groups.size()) {
  bool visiting = false, gathered = false;
  for (const Op& op : phase.ops) {
    if (op.kind != OpKind::attention) continue;
    visiting |= op.rule == BlockRule::visiting_keys || op.rule == BlockRule::visiting_queries;
    gathered |= op.rule == BlockRule::gathered_keys;
    if (op.rule == BlockRule::everything)
      price_relation(Relation::local, all_tokens(schedule.sequence), all_tokens(schedule.sequence));
  }
  const bool sliding = schedule.mask.kind == MaskKind::sliding;
  if (visiting && !sliding) {
    price_relation(Relation::same, schedule.tokens(0), schedule.tokens(0));
    if (schedule.grid.ring() > 1) {
      price_relation(Relation::keys_before, schedule.tokens(1), schedule.tokens(0));
      price_relation(Relation::keys_after, schedule.tokens(0), schedule.tokens(1));
    }
  }
  for (const auto& prices : table_) {
    const Price& before = prices[static_cast<std::size_t>(Relation::keys_before)];
    const Price& after = prices[static_cast<std::size_t>(Relation::keys_after)];
    alike_ &= before.attention == after.attention && before.elementwise == after.elementwise;
  }
  alike_ &= !(visiting && sliding) && table_.size() == 1;
  if (gathered && alike_) {
    // Equal blocks at every position, or not.
    BlockGeometry first;
    for (int p = 0; p < schedule.grid.ring() && alike_; ++p) {
      const BlockGeometry g =
          block_geometry(schedule.tokens(p), all_tokens(schedule.sequence), schedule.mask);
      if (p == 0) first = g;
      alike_ = g == first;
    }
  }
}

void BlockPrices::price_relation(Relation relation, const TokenSet& queries, const TokenSet& keys) {
  const BlockGeometry block = block_geometry(queries, keys, schedule_.mask);
  Op attention;
  attention.kind = OpKind::attention;
  attention.rule = BlockRule::everything;
  for (std::size_t g = 0; g < table_.size(); ++g) {
    Price& entry = table_[g][static_cast<std::size_t>(relation)];
    entry.attention = price(attention, block, g);
    entry.elementwise.clear();
    for (const Elementwise& work : phase_.elementwise)
      entry.elementwise.push_back(
          elementwise_time(work, block, map_.cluster().groups[g].node.device, *calibrations_[g]).value);
  }
}

bool BlockPrices::by_relation(const Op& op) const {
  if (op.rule == BlockRule::everything) return true;
  return op.rule != BlockRule::gathered_keys && schedule_.mask.kind != MaskKind::sliding;
}

BlockPrices::Relation BlockPrices::relation(const Op& op, const RankCoordinates& at) const {
  if (op.rule == BlockRule::everything) return Relation::local;
  const RankGrid& grid = schedule_.grid;
  const int own = grid.ring_position(at);
  const int visiting = grid.ring_position(shifted(grid, at, {-op.visit.outer, -op.visit.inner}));
  if (own == visiting) return Relation::same;
  const bool keys_first = op.rule == BlockRule::visiting_keys ? visiting < own : own < visiting;
  return keys_first ? Relation::keys_before : Relation::keys_after;
}

BlockGeometry BlockPrices::geometry(const Op& op, const RankCoordinates& at) const {
  const Schedule::Blocks blocks = schedule_.blocks(op, at);
  return block_geometry(blocks.queries, blocks.keys, schedule_.mask);
}

double BlockPrices::price(const Op& op, const BlockGeometry& block, std::size_t group) const {
  const DeviceSpec& device = map_.cluster().groups[group].node.device;
  const Calibration& calibration = *calibrations_[group];
  if (op.kind == OpKind::elementwise)
    return elementwise_time(phase_.elementwise[static_cast<std::size_t>(op.work)], block, device, calibration)
        .value;
  return attention_time(block, phase_.shape, phase_.direction, element_, device, calibration).value;
}

double BlockPrices::of(const Op& op, Rank rank) const {
  const std::size_t group = static_cast<std::size_t>(map_.place(rank).group);
  const RankCoordinates at = schedule_.grid.coordinates(rank);
  // Posting and waiting for the next block costs time at every ring step, computed or skipped.
  const double overhead =
      op.kind == OpKind::attention && op.step > 0 ? calibrations_[group]->step_overhead.value.value : 0.0;
  if (!by_relation(op)) return overhead + price(op, geometry(op, at), group);
  const Price& entry = table_[group][static_cast<std::size_t>(relation(op, at))];
  return overhead + (op.kind == OpKind::attention ? entry.attention
                                                  : entry.elementwise[static_cast<std::size_t>(op.work)]);
}

double BlockPrices::highest(const Op& op) const {
  const RankGrid& grid = schedule_.grid;
  double longest = 0;
  // Two positions meet every relation; without relations all positions must be asked.
  const int stride = by_relation(op) ? std::max(1, grid.ring() - 1) : 1;
  for (int p = 0; p < grid.ring(); p += stride) {
    RankCoordinates at;
    at.outer = p / grid.inner;
    at.inner = p % grid.inner;
    longest = std::max(longest, of(op, grid.rank(at)));
  }
  return longest;
}

Flops BlockPrices::useful_flops() const {
  const BlockGeometry whole =
      block_geometry(all_tokens(schedule_.sequence), all_tokens(schedule_.sequence), schedule_.mask);
  const RankGrid& grid = schedule_.grid;
  return attention_flops(whole, phase_.shape, phase_.direction) *
         static_cast<double>(grid.tensor * grid.ulysses * grid.data);
}

}  // namespace costmodel
