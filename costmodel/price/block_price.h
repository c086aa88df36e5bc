// The price of every compute operation of a phase on every rank, from few distinct blocks.
//
// Under a causal or full mask a visiting block has one of three relations to the rank's own: the same tokens,
// keys that come before the queries, keys that come after.  All pairs of one relation cost the same, so three
// prices per device serve all ranks and steps.  A sliding window has no such classes: its blocks are priced
// one by one.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "costmodel/price/calibration.h"
#include "costmodel/price/cluster_map.h"
#include "costmodel/schedule/schedule.h"

namespace costmodel {

class BlockPrices {
 public:
  BlockPrices(const Schedule& schedule, const Phase& phase, double element, const ClusterMap& map,
              std::span<const Calibration* const> calibrations);

  // Where a walked rank sits; kept by the walk so that nothing is divided per operation.
  struct At {
    RankCoordinates coordinates;
    std::size_t group = 0;  // node group of its device
  };
  At at(Rank rank) const;

  // Seconds of the attention or elementwise operation at each of these places.
  void fill(const Op& op, std::span<const At> places, std::span<double> costs) const;
  // The longest over all ranks.
  double highest(const Op& op) const;
  // Whether every operation costs the same on all ranks (the devices are equal too).
  bool alike() const { return alike_; }
  // Attention flop of the phase on all ranks, as the mask keeps them.   Formula 1.4.
  Flops useful_flops() const;

 private:
  enum class Relation : std::uint8_t { same, keys_before, keys_after, local };
  static constexpr std::size_t relation_count = 4;
  struct Price {
    double attention = 0;
    std::vector<double> elementwise;
  };
  double of(const Op& op, const At& at) const;
  double overhead(const Op& op, std::size_t group) const;
  Relation relation(const Op& op, const RankCoordinates& at) const;
  BlockGeometry geometry(const Op& op, const RankCoordinates& at) const;
  double price(const Op& op, const BlockGeometry& block, std::size_t group) const;
  void price_relation(Relation relation, const TokenSet& queries, const TokenSet& keys);
  bool by_relation(const Op& op) const;

  const Schedule& schedule_;
  const Phase& phase_;
  double element_;
  const ClusterMap& map_;
  std::span<const Calibration* const> calibrations_;
  bool alike_ = true;
  std::vector<std::array<Price, relation_count>> table_;  // per node group
};

}  // namespace costmodel
