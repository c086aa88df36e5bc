// How long the kernels and the host work of a phase take on each simulated rank: the prices of the cost
// model, times what the what-if adds.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "costmodel/price/op_price.h"
#include "simulator/what_if.h"
#include "simulator/world.h"

namespace simulator {

class ComputeTimes {
 public:
  // `phase_number` keeps the noise of phases apart.
  ComputeTimes(const costmodel::Schedule& schedule, const costmodel::Phase& phase, double element,
               const costmodel::ClusterMap& map, std::span<const costmodel::Calibration* const> calibrations,
               const World& world, const WhatIf& what_if, std::size_t phase_number);

  // Seconds of a compute operation on the simulated ranks from `first` on, undisturbed.
  void fill(std::size_t op, int repetition, std::size_t first, std::span<double> seconds) const;
  double of(std::size_t op, int repetition, std::size_t rank) const;
  // Seconds of a copy or an update on the host.
  double host(std::size_t op, std::size_t rank) const;
  // Compute takes 1 + this times as long while communication is in flight.
  double slowdown(std::size_t rank) const { return slowdown_[rank]; }
  const costmodel::OpPrices& prices() const { return prices_; }

 private:
  double noise(std::size_t op, int repetition, std::size_t rank) const;

  const costmodel::Phase& phase_;
  costmodel::OpPrices prices_;
  costmodel::OpPrices::Places places_;
  std::vector<double> slowdown_;
  std::vector<double> factor_;  // of stragglers; empty when there are none
  double jitter_ = 0;
  std::uint64_t seed_ = 0;
};

}  // namespace simulator
