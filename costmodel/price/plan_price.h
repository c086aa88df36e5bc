// What a plan costs: time, traffic and memory of one plan on one scenario, as plain numbers.
//
// This is the fast form, made by the thousand in searches; price/plan_figures.h turns it into named
// quantities with unit, formula and provenance for people.
#pragma once

#include <optional>
#include <vector>

#include "costmodel/plan/plan.h"
#include "costmodel/plan/reject.h"
#include "costmodel/price/calibration_set.h"
#include "costmodel/price/cluster_map.h"
#include "costmodel/price/memory.h"
#include "costmodel/price/phase_prices.h"
#include "costmodel/price/traffic.h"
#include "costmodel/price/walk.h"
#include "costmodel/spec/scenario.h"

namespace costmodel {

// Standard deviations of a two-sided 90 % interval.
constexpr double z90 = 1.6448536269514722;

// A prediction's error, one standard deviation each.   Formula 4.6.
struct ErrorParts {
  Seconds compute;   // shared by all plans on the device: cancels in a comparison of equal compute
  Seconds scale_up;  // shared by all plans on the cluster; the two link classes err on their own
  Seconds scale_out;
  Seconds host;    // copies to the host and work there: shared by all plans that offload
  Seconds method;  // of this plan alone
  Seconds run;     // of the host and the program: shared by all plans, and none for a single kernel

  Seconds links() const;  // both link classes
  Seconds total() const;
  ErrorParts operator/(double divisor) const {
    return {compute / divisor, scale_up / divisor, scale_out / divisor,
            host / divisor,    method / divisor,   run / divisor};
  }
};

struct PlanPrice {
  Plan plan;
  std::optional<Rejection> rejected;  // nothing below is filled when it is set for another reason than memory
  std::vector<PhaseTime> phases;      // in the order of the schedule
  Seconds time;                       // of all phases: one layer's attention, a training step, a prefill
  Seconds compute;                    // of the busiest GPU, undisturbed
  Seconds host;                       // part of the exposed time: copies to the host and work there
  Flops flops;                        // useful, all GPUs
  Traffic traffic;
  Bytes memory;  // peak of one GPU, reserve included
  ErrorParts error;

  Seconds exposed() const { return time - compute; }
  double exposed_share() const { return time.value > 0 ? exposed() / time : 0.0; }
  // 90 % interval: 1.645 standard deviations.
  Seconds low() const;
  Seconds high() const;
  // Time for the batch of one replica when all replicas work side by side: what plans with different numbers
  // of replicas compare by.
  Seconds per_replica() const { return time / plan.data; }
  FlopsPerSecond rate_per_gpu() const { return flops / time / plan.world_size(); }
};

// Prices plans of one scenario.  Holds the cluster map, the calibrations and scratch memory; one per thread.
class Pricer {
 public:
  // Keeps references: scenario and calibrations must outlive the pricer and stay as they are.  Without
  // calibrations: those of the scenario.
  explicit Pricer(const Scenario& scenario);
  Pricer(const Scenario& scenario, const CalibrationSet& calibrations);
  Pricer(const Pricer&) = delete;
  Pricer& operator=(const Pricer&) = delete;
  // Prices the same; keeps the same references.
  Pricer for_another_thread() const { return {*scenario_, calibrations_}; }

  PlanPrice price(const Plan& plan, const WalkOptions& options = {});
  // Memory and rejection alone, without time: quick for whole-model phases.
  PlanPrice check(const Plan& plan);
  // The timeline of one phase; ranks receives the rank of each row of ops.
  std::vector<OpTime> timeline(const Plan& plan, std::size_t phase, std::vector<Rank>& ranks);

  const Scenario& scenario() const { return *scenario_; }
  const ClusterMap& map() const { return map_; }
  const Calibration& calibration(std::size_t group = 0) const { return *calibrations_[group]; }
  const std::vector<const Calibration*>& calibrations() const { return calibrations_; }  // by node group

 private:
  Pricer(const Scenario& scenario, std::vector<const Calibration*> calibrations);
  void reject_for_memory(PlanPrice& result) const;
  void price_attention(PlanPrice& result, const WalkOptions& options);
  void price_step(PlanPrice& result, const WalkOptions& options);
  Bytes step_memory(const Plan& plan, const std::vector<HeldMemory>& held) const;
  void add_phase(PlanPrice& result, const PhaseTime& time, int runs) const;
  void add_errors(PlanPrice& result) const;

  const Scenario* scenario_;
  ClusterMap map_;
  std::vector<const Calibration*> calibrations_;  // one per node group
  Bytes device_memory_;
  WalkScratch scratch_;
  PhasePrices phase_prices_;  // of whole-model phases
};

// Whether two plans cannot be told apart: the gap is inside the 90 % interval of the difference, in which
// shared errors cancel.   Formula 4.7.
bool is_tie(const PlanPrice& a, const PlanPrice& b);

}  // namespace costmodel
