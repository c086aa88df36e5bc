#include "costmodel/price/phase_prices.h"

#include <algorithm>

namespace costmodel {

std::size_t PhasePrices::Hash::operator()(const Key& key) const {
  std::size_t hash = 1469598103934665603U;  // FNV-1a over whole numbers
  for (const int part : key) hash = (hash ^ static_cast<std::size_t>(part)) * 1099511628211U;
  return hash;
}

PhasePrices::Key PhasePrices::key_of(const PhaseRecipe& recipe, const WalkOptions& options) {
  const Plan& p = recipe.plan;
  return {static_cast<int>(recipe.kind) * 2 + static_cast<int>(recipe.reduce),
          static_cast<int>(p.transport),
          p.tensor,
          p.data,
          p.ulysses,
          p.ring,
          p.inner_ring,
          static_cast<int>(p.layout),
          static_cast<int>(p.forward),
          static_cast<int>(p.backward),
          static_cast<int>(p.grad_dtype),
          static_cast<int>(p.checkpoint),
          p.zero,
          static_cast<int>(p.offload),
          static_cast<int>(p.fused_loss),
          options.position_limit * 2 + static_cast<int>(options.force_all)};
}

const PhasePrice& PhasePrices::of(const Scenario& scenario, const PhaseRecipe& recipe, const ClusterMap& map,
                                  std::span<const Calibration* const> calibrations, WalkScratch& scratch,
                                  const WalkOptions& options) {
  const auto [place, is_new] = known_.try_emplace(key_of(recipe, options));
  if (!is_new) return place->second;
  const Schedule frame = empty_schedule(scenario, recipe.plan);
  const Key key = key_of(recipe, {});
  const auto at_hand = std::find_if(lowered_.begin(), lowered_.end(),
                                    [&](const Lowered& lowered) { return lowered.key == key; });
  Phase own;
  if (at_hand == lowered_.end()) own = lower_phase(scenario, recipe);
  const Phase& phase = at_hand == lowered_.end() ? own : at_hand->phase;
  const double element = static_cast<double>(bytes_per_element(scenario.workload.dtype));
  PhasePrice& price = place->second;
  price.time = walk(frame, phase, element, map, calibrations, scratch, options);
  price.traffic = phase_traffic(frame, phase, map, scratch.shifts);
  const auto memory = memories_.find(key);
  price.memory = memory != memories_.end() ? memory->second : phase_memory(phase);
  return price;
}

const PhaseMemory& PhasePrices::memory_of(const Scenario& scenario, const PhaseRecipe& recipe) {
  const Key key = key_of(recipe, {});
  const auto [place, is_new] = memories_.try_emplace(key);
  if (!is_new) return place->second;
  Lowered& lowered = lowered_[next_lowered_++ % lowered_.size()];
  lowered = {key, lower_phase(scenario, recipe)};
  place->second = phase_memory(lowered.phase);
  return place->second;
}

}  // namespace costmodel
