// The price of every compute operation of a phase on every rank, from few distinct blocks.
//
// Under a causal or full mask a visiting block has one of three relations to the rank's own: the same tokens,
// keys that come before the queries, keys that come after.  All pairs of one relation cost the same, so three
// prices per device serve all ranks and steps.  A sliding window and packed documents have no such classes,
// nor has a part of the rows of contiguous tokens: those blocks are priced one by one.  Matrix products and
// passes over whole tensors cost the same on all ranks of a device.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "costmodel/price/calibration.h"
#include "costmodel/price/cluster_map.h"
#include "costmodel/schedule/schedule.h"

namespace costmodel {

// What computing is made of; each has its own residual in the calibration.
enum class ComputePart : std::uint8_t { attention_forward, attention_backward, gemm, elementwise };
constexpr std::size_t compute_part_count = 4;
std::string_view name_of(ComputePart part);
ComputePart compute_part(const Op& op);

class OpPrices {
 public:
  OpPrices(const Schedule& schedule, const Phase& phase, double element, const ClusterMap& map,
           std::span<const Calibration* const> calibrations);

  // Where a rank sits; kept by who asks, so that nothing is divided per operation.
  struct At {
    RankCoordinates coordinates;
    std::size_t group = 0;  // node group of its device
  };
  At at(Rank rank) const;
  // Many ranks, field by field.
  struct Places {
    std::vector<At> all;
    std::vector<std::int32_t> outer, inner;  // their ring coordinates
    bool one_group = true;
    bool consecutive = true;  // places follow each other on one flat ring

    void add(const At& at);
    std::size_t size() const { return all.size(); }
  };

  // Seconds of the compute operation at one place, or at each of many from the place `first` on.
  double of(const Op& op, const At& at) const;
  void fill(const Op& op, const Places& places, std::span<double> costs, std::size_t first = 0) const;
  // The longest over all ranks.
  double highest(const Op& op) const;
  // Seconds of a copy to or from the host, or of an update there.   Formula 3.12.
  double host(const Op& op, std::size_t group) const;
  // Whether every operation costs the same on all ranks (the devices are equal too).
  bool alike() const { return alike_; }
  // Flop of the phase on all ranks, as the mask keeps them, without recomputation.   Formulas 1.4 and 1.6.
  Flops useful_flops() const;

 private:
  enum class Relation : std::uint8_t { same, keys_before, keys_after, local };
  static constexpr std::size_t relation_count = 4;
  // One table of prices for each direction and row part that attention runs in.
  static constexpr std::size_t variant_count = 4;
  struct Price {
    std::array<double, variant_count> attention{};
    std::array<std::vector<double>, 2> elementwise;  // by row part
  };
  static std::size_t variant(const Op& op);
  void fill_by_relation(const Op& op, const Places& places, std::span<double> costs, std::size_t first) const;
  double overhead(const Op& op, std::size_t group) const;
  Relation relation(const Op& op, const RankCoordinates& at) const;
  double price(const Op& op, const BlockGeometry& block, std::size_t group) const;
  double flat_price(const Op& op, std::size_t group) const;
  double known_price(const Op& op, const Price& entry) const;
  void price_relation(Relation relation, const TokenSet& queries, const TokenSet& keys, const Op& op);
  bool by_relation(const Op& op) const;
  bool halves(const Op& op) const;
  bool flat(const Op& op) const;

  const Schedule& schedule_;
  const Phase& phase_;
  double element_;
  const ClusterMap& map_;
  std::span<const Calibration* const> calibrations_;
  bool alike_ = true;
  std::vector<std::array<Price, relation_count>> table_;  // per node group
  std::vector<std::vector<double>> gemms_;                // per node group
};

}  // namespace costmodel
