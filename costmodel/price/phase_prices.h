// Prices of whole-model phases, each worked out once: plans that differ in other axes share them.
#pragma once

#include <array>
#include <span>
#include <unordered_map>

#include "costmodel/price/calibration.h"
#include "costmodel/price/cluster_map.h"
#include "costmodel/price/memory.h"
#include "costmodel/price/traffic.h"
#include "costmodel/price/walk.h"
#include "costmodel/schedule/lower_step.h"

namespace costmodel {

struct PhasePrice {
  PhaseTime time;
  Traffic traffic;
  PhaseMemory memory;
};

class PhasePrices {
 public:
  // The memory of a recipe's phase alone; who prices the phase next has its program at hand.
  const PhaseMemory& memory_of(const Scenario& scenario, const PhaseRecipe& recipe);
  // The price of a recipe's phase on the scenario; the map and the calibrations are always the same.
  const PhasePrice& of(const Scenario& scenario, const PhaseRecipe& recipe, const ClusterMap& map,
                       std::span<const Calibration* const> calibrations, WalkScratch& scratch,
                       const WalkOptions& options);

 private:
  // Everything that the phase depends on.
  using Key = std::array<int, 16>;
  struct Hash {
    std::size_t operator()(const Key& key) const;
  };
  static Key key_of(const PhaseRecipe& recipe, const WalkOptions& options);
  std::unordered_map<Key, PhasePrice, Hash> known_;
  std::unordered_map<Key, PhaseMemory, Hash> memories_;
  // The last phases that were lowered for their memory: a search asks for the price of a plan right after.
  struct Lowered {
    Key key{};
    Phase phase;
  };
  std::array<Lowered, 8> lowered_;
  std::size_t next_lowered_ = 0;
};

}  // namespace costmodel
