// A plan on a simulated cluster: lowers it, decides for every phase which engine runs it, runs the phases one
// after the other and adds up what happened.
//
// Phases follow each other rank by rank: a rank begins one when it has ended the one before.  A phase that
// repeats runs until its repetitions have become regular, and the rest is added (phase_run.h).  One
// simulation with SimGrid per process: see child_process.h.  Formula 4.9 of docs/model.md.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "costmodel/price/plan_price.h"
#include "costmodel/spec/scenario.h"
#include "simulator/engine.h"
#include "simulator/fold.h"
#include "simulator/sharing.h"
#include "simulator/what_if.h"

namespace simulator {

enum class EngineKind : std::uint8_t { recurrence, simgrid };
std::string_view name_of(EngineKind kind);

struct SimulationOptions {
  WhatIf what_if;
  std::optional<EngineKind> engine;  // the same for all phases; otherwise chosen for each
  bool may_fold = true;
  int noisy_repetitions = 8;  // of a phase whose kernels are noisy; the rest is added with their mean
  bool critical_path = true;
  ProgressSink* progress = nullptr;
};

// What one phase did, all its runs together.
struct PhaseOutcome {
  std::string name;
  EngineKind engine = EngineKind::recurrence;
  int runs = 1;
  int simulated = 1;            // repetitions that were run, of `runs`
  costmodel::Seconds time;      // from when the last rank ended what was before to when the last ended this
  costmodel::Seconds analytic;  // the same of the cost model
  costmodel::WalkScope scope = costmodel::WalkScope::one;  // of the cost model's answer
  SharedLinks shared;
  bool partial_repetitions = false;  // the first or the last leaves something out
  // Of the first run: the time of the repetitions that were run, and how many they were.
  double window = 0;
  int repetitions_in_window = 0;
};

// One link over the whole simulation.
struct LinkOutcome {
  LinkId link;
  costmodel::Bytes bytes;
  double utilisation = 0;  // share of the whole time x capacity
};

struct RankOutcome {
  double end = 0, compute = 0, slowdown = 0, host = 0;  // s
};

struct SimulationResult {
  costmodel::Seconds time;     // until the last rank has ended
  costmodel::Seconds compute;  // of the busiest rank, undisturbed
  costmodel::Seconds analytic;
  std::vector<PhaseOutcome> phases;
  std::vector<RankOutcome> ranks;  // simulated ones
  std::vector<LinkOutcome> links;  // that carried anything
  PathSums path;
  World world;
  std::string fold_refused;
  std::size_t rerouted = 0;  // routes around failed links
  costmodel::Seconds exposed() const { return time - compute; }
};

class Simulation {
 public:
  // Keeps references: scenario and pricer must outlive it.  Throws Error when a what-if names no rank or
  // link, or cuts a GPU off.
  Simulation(costmodel::Pricer& pricer, const costmodel::Plan& plan, SimulationOptions options);
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  SimulationResult run();
  // Runs again, with every run told to the recorder.  `begin_phase` hears which phase comes and what to add
  // to the times that follow.
  class PhaseRecorder : public Recorder {
   public:
    virtual void begin_phase(std::size_t phase, double offset) = 0;
  };
  void record(PhaseRecorder& recorder);

  const costmodel::Schedule& schedule() const;
  const LinkTable& links() const;
  const PhaseFlows& flows(std::size_t phase) const;
  World world() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace simulator
