// Everything that views show of one scenario: the answer of `ringside plan` with the figures of every plan
// shown.  A finished value: made once, off the screen's thread, and never changed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "costmodel/answer/plan_answer.h"
#include "costmodel/answer/plan_report.h"

namespace gui {

struct EvaluationRequest {
  costmodel::Scenario scenario;
  std::vector<costmodel::Plan> pinned;  // to show beside the best of each family
  int revision = 0;
};

struct Evaluation {
  costmodel::Scenario scenario;
  int revision = 0;
  costmodel::PlanAnswer answer;
  std::vector<costmodel::PlanReport> reports;  // the plans shown, pinned ones last
  std::size_t pinned = 0;                      // how many of them
  int winner = -1;                             // index into reports; -1 when nothing runs
  std::string calibration;                     // sentences
  std::string scope;
  double seconds = 0;  // that this took
  bool flips = false;  // whether the verdict has its flip points yet

  bool wholeModel() const { return costmodel::is_whole_model(scenario.workload.phase); }
  const costmodel::PlanReport* report(int index) const;  // nullptr when there is none
  int indexOf(const costmodel::Plan& plan) const;        // -1 when it is not shown
  int indexOfFamily(const std::string& family) const;    // "ring": the first of them
};

using EvaluationPtr = std::shared_ptr<const Evaluation>;

// Without the verdict's flip points, which take longer than everything else together.
EvaluationPtr evaluate(const EvaluationRequest& request);
// The same evaluation with them; nothing when it was stopped.
EvaluationPtr withFlips(const Evaluation& evaluation, const costmodel::FlipSearchGoesOn& goes_on = {});

}  // namespace gui
