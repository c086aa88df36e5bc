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

BlockPrices::At BlockPrices::at(Rank rank) const {
  return {schedule_.grid.coordinates(rank), static_cast<std::size_t>(map_.place(rank).group)};
}

BlockPrices::Relation BlockPrices::relation(const Op& op, const RankCoordinates& at) const {
  if (op.rule == BlockRule::everything) return Relation::local;
  // As in schedule.h, with subtractions for remainders: this is asked for every operation of every walked
  // rank.
  const RankGrid& grid = schedule_.grid;
  int outer = at.outer - op.visit.outer, inner = at.inner - op.visit.inner;
  if (outer < 0) outer += grid.outer;
  if (inner < 0) inner += grid.inner;
  const int own = grid.ring_position(at), visiting = outer * grid.inner + inner;
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

// Posting and waiting for the next block costs time at every ring step, computed or skipped.
double BlockPrices::overhead(const Op& op, std::size_t group) const {
  return op.kind == OpKind::attention && op.step > 0 ? calibrations_[group]->step_overhead.value.value : 0.0;
}

double BlockPrices::of(const Op& op, const At& at) const {
  double cost = 0;
  fill(op, {&at, 1}, {&cost, 1});
  return cost;
}

void BlockPrices::fill(const Op& op, std::span<const At> places, std::span<double> costs) const {
  if (!by_relation(op)) {
    for (std::size_t w = 0; w < places.size(); ++w)
      costs[w] =
          overhead(op, places[w].group) + price(op, geometry(op, places[w].coordinates), places[w].group);
    return;
  }
  // The few prices of this operation, in one small table that stays in registers or cache.
  std::array<double, relation_count> prices{};
  std::size_t group = table_.size();
  for (std::size_t w = 0; w < places.size(); ++w) {
    if (places[w].group != group) {
      group = places[w].group;
      for (std::size_t r = 0; r < relation_count; ++r) {
        const Price& entry = table_[group][r];
        const bool known = op.kind == OpKind::attention || !entry.elementwise.empty();
        if (!known) continue;
        prices[r] = overhead(op, group) + (op.kind == OpKind::attention
                                               ? entry.attention
                                               : entry.elementwise[static_cast<std::size_t>(op.work)]);
      }
    }
    costs[w] = prices[static_cast<std::size_t>(relation(op, places[w].coordinates))];
  }
}

double BlockPrices::highest(const Op& op) const {
  const RankGrid& grid = schedule_.grid;
  double longest = 0;
  // Two positions meet every relation; without relations all positions must be asked.
  const int stride = by_relation(op) ? std::max(1, grid.ring() - 1) : 1;
  for (int p = 0; p < grid.ring(); p += stride) {
    RankCoordinates coordinates;
    coordinates.outer = p / grid.inner;
    coordinates.inner = p % grid.inner;
    longest = std::max(longest, of(op, at(grid.rank(coordinates))));
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
