#include "costmodel/price/op_price.h"

#include <algorithm>

#include "costmodel/price/attention_time.h"
#include "costmodel/price/gemm_time.h"

namespace costmodel {

std::string_view name_of(ComputePart part) {
  constexpr std::array<std::string_view, compute_part_count> names{"attention forward", "attention backward",
                                                                   "matrix products", "elementwise"};
  return names.at(static_cast<std::size_t>(part));
}

ComputePart compute_part(const Op& op) {
  if (op.kind == OpKind::gemm) return ComputePart::gemm;
  if (op.kind != OpKind::attention) return ComputePart::elementwise;
  return op.direction == Direction::forward ? ComputePart::attention_forward
                                            : ComputePart::attention_backward;
}

std::size_t OpPrices::variant(const Op& op) {
  return (op.direction == Direction::backward ? 2U : 0U) + (op.rows == Rows::first_half ? 1U : 0U);
}

OpPrices::OpPrices(const Schedule& schedule, const Phase& phase, double element, const ClusterMap& map,
                   std::span<const Calibration* const> calibrations)
    : schedule_(schedule),
      phase_(phase),
      element_(element),
      map_(map),
      calibrations_(calibrations),
      table_(map.cluster().groups.size()),
      gemms_(table_.size()) {
  std::array<std::array<bool, variant_count>, 3> seen{};  // visiting, everything, gathered
  bool visiting = false, sliding_visit = false, half_visit = false;
  for (const Op& op : phase.ops) {
    if (op.kind != OpKind::attention) continue;
    const bool visits = op.rule == BlockRule::visiting_keys || op.rule == BlockRule::visiting_queries;
    const std::size_t rule = visits ? 0 : op.rule == BlockRule::everything ? 1 : 2;
    if (seen[rule][variant(op)]) continue;
    seen[rule][variant(op)] = true;
    if (rule == 1) {
      Op local = op;
      price_relation(Relation::local, schedule.blocks(local, {}).queries, all_tokens(schedule.sequence),
                     local);
    } else if (rule == 2) {
      // Equal blocks at every position, or not.
      BlockGeometry first;
      for (int p = 0; p < schedule.grid.ring() && alike_; ++p) {
        RankCoordinates c;
        c.outer = p / schedule.grid.inner;
        c.inner = p % schedule.grid.inner;
        const BlockGeometry g = schedule.geometry(op, c);
        if (p == 0) first = g;
        alike_ = g == first;
      }
    } else if (!by_relation(op)) {
      sliding_visit = true;
    } else {
      visiting = true;
      half_visit |= halves(op);
      const auto rows = [&](int position) {
        const TokenSet own = schedule.tokens(position);
        return op.rows == Rows::all || halves(op) ? own : tokens_before(own, schedule.sequence / 2);
      };
      price_relation(Relation::same, rows(0), schedule.tokens(0), op);
      if (schedule.grid.ring() > 1) {
        price_relation(Relation::keys_before, rows(1), schedule.tokens(0), op);
        price_relation(Relation::keys_after, rows(0), schedule.tokens(1), op);
      }
    }
  }
  for (const auto& prices : table_) {
    if (!visiting) break;
    const Price& before = prices[static_cast<std::size_t>(Relation::keys_before)];
    const Price& after = prices[static_cast<std::size_t>(Relation::keys_after)];
    alike_ &= before.attention == after.attention && before.elementwise == after.elementwise;
  }
  alike_ &= !sliding_visit && !half_visit && table_.size() == 1;
  for (std::size_t g = 0; g < table_.size(); ++g)
    for (const Gemm& gemm : phase.gemms)
      gemms_[g].push_back(
          gemm_time(gemm, element, map.cluster().groups[g].node.device, *calibrations[g]).value);
}

void OpPrices::price_relation(Relation relation, const TokenSet& queries, const TokenSet& keys,
                              const Op& op) {
  const BlockGeometry block = schedule_.geometry({queries, keys}, op);
  for (std::size_t g = 0; g < table_.size(); ++g) {
    Price& entry = table_[g][static_cast<std::size_t>(relation)];
    entry.attention[variant(op)] = price(op, block, g);
    std::vector<double>& passes = entry.elementwise[static_cast<std::size_t>(op.rows)];
    passes.clear();
    for (const Elementwise& work : phase_.elementwise)
      passes.push_back(
          elementwise_time(work, block, map_.cluster().groups[g].node.device, *calibrations_[g]).value);
  }
}

bool OpPrices::by_relation(const Op& op) const {
  if (op.rule == BlockRule::everything) return true;
  // Contiguous tokens: the first half of the positions has all of its rows there, the second half none.
  if (op.rows == Rows::first_half && schedule_.layout == Layout::contiguous && !halves(op)) return false;
  return op.rule != BlockRule::gathered_keys && schedule_.mask.kind != MaskKind::sliding &&
         schedule_.mask.kind != MaskKind::documents;
}

bool OpPrices::halves(const Op& op) const {
  return op.rows == Rows::first_half && schedule_.layout == Layout::contiguous &&
         op.rule == BlockRule::visiting_keys && schedule_.grid.ring() % 2 == 0;
}

bool OpPrices::flat(const Op& op) const {
  return op.kind == OpKind::gemm || (op.kind == OpKind::elementwise &&
                                     !phase_.elementwise[static_cast<std::size_t>(op.work)].by_block());
}

double OpPrices::flat_price(const Op& op, std::size_t group) const {
  if (op.kind == OpKind::gemm) return gemms_[group][static_cast<std::size_t>(op.work)];
  return price(op, {}, group);
}

double OpPrices::host(const Op& op, std::size_t group) const {
  const HostWork& work = phase_.host_works[static_cast<std::size_t>(op.work)];
  const BytesPerSecond rate = work.kind == HostKind::update
                                  ? calibrations_[group]->host_update.value
                                  : map_.cluster().groups[group].node.host_link.value;
  return (work.bytes / rate).value;
}

double OpPrices::known_price(const Op& op, const Price& entry) const {
  if (op.kind == OpKind::attention) return entry.attention[variant(op)];
  const std::vector<double>& passes = entry.elementwise[static_cast<std::size_t>(op.rows)];
  return passes.empty() ? 0.0 : passes[static_cast<std::size_t>(op.work)];
}

OpPrices::At OpPrices::at(Rank rank) const {
  return {schedule_.grid.coordinates(rank), static_cast<std::size_t>(map_.place(rank).group)};
}

OpPrices::Relation OpPrices::relation(const Op& op, const RankCoordinates& at) const {
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

double OpPrices::price(const Op& op, const BlockGeometry& block, std::size_t group) const {
  const DeviceSpec& device = map_.cluster().groups[group].node.device;
  const Calibration& calibration = *calibrations_[group];
  if (op.kind == OpKind::elementwise)
    return elementwise_time(phase_.elementwise[static_cast<std::size_t>(op.work)], block, device, calibration)
        .value;
  return attention_time(block, phase_.shape, op.direction, element_, device, calibration).value;
}

// Posting and waiting for the next block costs time at every ring step, computed or skipped.
double OpPrices::overhead(const Op& op, std::size_t group) const {
  return op.kind == OpKind::attention && op.step > 0 ? calibrations_[group]->step_overhead.value.value : 0.0;
}

void OpPrices::Places::add(const At& at) {
  one_group &= all.empty() || at.group == all.front().group;
  consecutive &= all.empty() || (at.coordinates.outer == 0 && at.coordinates.inner == inner.back() + 1);
  all.push_back(at);
  outer.push_back(at.coordinates.outer);
  inner.push_back(at.coordinates.inner);
}

double OpPrices::of(const Op& op, const At& at) const {
  if (flat(op)) return flat_price(op, at.group);
  if (!by_relation(op))
    return overhead(op, at.group) + price(op, schedule_.geometry(op, at.coordinates), at.group);
  if (halves(op) && 2 * schedule_.grid.ring_position(at.coordinates) >= schedule_.grid.ring())
    return overhead(op, at.group);
  const std::size_t place = static_cast<std::size_t>(relation(op, at.coordinates));
  return overhead(op, at.group) + known_price(op, table_[at.group][place]);
}

// The relation of every place without branches, so that rings of thousands of positions stay cheap.
void OpPrices::fill_by_relation(const Op& op, const Places& places, std::span<double> costs,
                                std::size_t first) const {
  const std::size_t group = places.all.front().group;
  const auto of_relation = [&](Relation r) {
    return overhead(op, group) + known_price(op, table_[group][static_cast<std::size_t>(r)]);
  };
  if (op.rule == BlockRule::everything) {
    std::fill(costs.begin(), costs.end(), of_relation(Relation::local));
    return;
  }
  const double same = of_relation(Relation::same);
  const bool keys_visit = op.rule == BlockRule::visiting_keys;
  const double lower = of_relation(keys_visit ? Relation::keys_before : Relation::keys_after);
  const double higher = of_relation(keys_visit ? Relation::keys_after : Relation::keys_before);
  const RankGrid& grid = schedule_.grid;
  if (grid.outer == 1) {
    // A flat ring: the first op.visit positions are met by those after them.
    const std::int32_t* own = places.inner.data() + first;
    const bool own_block = op.visit.inner % grid.inner == 0;
    const double early = own_block ? same : higher, late = own_block ? same : lower;
    if (places.consecutive) {
      const std::int64_t left = std::int64_t{op.visit.inner} - own[0];
      const auto middle = costs.begin() + std::clamp<std::int64_t>(left, 0, std::ssize(costs));
      std::fill(costs.begin(), middle, early);
      std::fill(middle, costs.end(), late);
      return;
    }
    for (std::size_t w = 0; w < costs.size(); ++w) costs[w] = own[w] < op.visit.inner ? early : late;
    return;
  }
  const std::int32_t *own_outer = places.outer.data() + first, *own_inner = places.inner.data() + first;
  for (std::size_t w = 0; w < costs.size(); ++w) {
    std::int32_t outer = own_outer[w] - op.visit.outer, inner = own_inner[w] - op.visit.inner;
    outer += outer < 0 ? grid.outer : 0;
    inner += inner < 0 ? grid.inner : 0;
    const std::int32_t own = own_outer[w] * grid.inner + own_inner[w];
    const std::int32_t visiting = outer * grid.inner + inner;
    const double other = visiting < own ? lower : higher;
    costs[w] = visiting == own ? same : other;
  }
}

void OpPrices::fill(const Op& op, const Places& places, std::span<double> costs, std::size_t first) const {
  const std::span<const At> at(places.all.data() + first, costs.size());
  if (flat(op) && places.one_group) {
    std::fill(costs.begin(), costs.end(), flat_price(op, at.front().group));
  } else if (flat(op)) {
    std::size_t group = table_.size();
    double cost = 0;
    for (std::size_t w = 0; w < costs.size(); ++w) {
      if (at[w].group != group) cost = flat_price(op, group = at[w].group);
      costs[w] = cost;
    }
  } else if (by_relation(op) && places.one_group && !halves(op)) {
    fill_by_relation(op, places, costs, first);
  } else {
    for (std::size_t w = 0; w < costs.size(); ++w) costs[w] = of(op, at[w]);
  }
}

double OpPrices::highest(const Op& op) const {
  const RankGrid& grid = schedule_.grid;
  double longest = 0;
  // The first and the last position (of those with rows) meet every relation; without relations all must be
  // asked.
  const int positions = halves(op) ? grid.ring() / 2 : grid.ring();
  const int stride = flat(op) || by_relation(op) ? std::max(1, positions - 1) : 1;
  for (int p = 0; p < positions; p += stride) {
    RankCoordinates coordinates;
    coordinates.outer = p / grid.inner;
    coordinates.inner = p % grid.inner;
    longest = std::max(longest, of(op, at(grid.rank(coordinates))));
  }
  return longest;
}

Flops OpPrices::useful_flops() const {
  const RankGrid& grid = schedule_.grid;
  Flops flops;
  std::array<bool, 2> attends{};  // by direction
  for (const Op& op : phase_.ops) {
    if (op.purpose != Purpose::model) continue;
    if (op.kind == OpKind::attention) attends[static_cast<std::size_t>(op.direction)] = true;
    if (op.kind == OpKind::gemm)
      flops +=
          phase_.gemms[static_cast<std::size_t>(op.work)].useful_flops() * static_cast<double>(grid.size());
  }
  Op whole;
  whole.rule = BlockRule::everything;
  const BlockGeometry block = schedule_.geometry(whole, {});
  for (const Direction direction : {Direction::forward, Direction::backward})
    if (attends[static_cast<std::size_t>(direction)])
      flops += attention_flops(block, phase_.shape, direction) *
               static_cast<double>(grid.tensor * grid.ulysses * grid.data);
  return flops;
}

}  // namespace costmodel
