// The exact engine for phases in which no link ever carries two flows at once: then nothing interacts but
// through "starts when all have ended", and the times of all ranks follow operation by operation from maxima
// and sums (max-plus algebra, formulas 4.1 to 4.4 of docs/model.md).
//
// Works on rows of all ranks and keeps only rows that something later waits for, so memory grows with the
// ranks, not with ranks x operations.  Says nothing about contention: whether it may be used is the business
// of sharing.h.
#pragma once

#include "simulator/engine.h"

namespace simulator {

class RecurrenceEngine final : public Engine {
 public:
  RunResult run(const RunRequest& request) override;
};

}  // namespace simulator
