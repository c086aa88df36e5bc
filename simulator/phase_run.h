// A phase that repeats: as many repetitions as it takes until they have become regular, the rest added.
//
// Repetitions are regular when two in a row took every rank equally long, and equally long for all ranks that
// talk to each other; from then on, with nothing random, all do: times only depend on how far ranks are
// apart.  Ranks that still move apart may hold each other up later, however steadily they move.  The first
// and the last repetition may leave operations out, so they are always run.
#pragma once

#include "simulator/engine.h"

namespace simulator {

struct PhaseRun {
  std::vector<double> ends;                     // of each rank
  std::vector<PathSums> paths;                  // that led there; empty unless wanted
  std::vector<double> compute, slowdown, host;  // of each rank, all repetitions
  int simulated = 1;
  double window = 0;  // s from the first start to the last end of what was run
};

// `request` says everything but the repetitions.  `noisy_limit`: repetitions that are run when kernels are
// noisy, 0 when they are not.
PhaseRun run_repeated(Engine& engine, RunRequest request, int repetitions, int noisy_limit);

}  // namespace simulator
