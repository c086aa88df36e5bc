// The whole answer to "which plan should I run": search, verdict and the plans worth showing.  `ringside
// plan` and the desktop program show this same object.
#pragma once

#include <vector>

#include "costmodel/answer/search.h"
#include "costmodel/answer/verdict.h"

namespace costmodel {

enum class Shown { best_of_families, all };

struct PlanAnswer {
  SearchResult result;
  Verdict verdict;
  std::vector<PlanPrice> shown;  // those that run, fastest first, then the rejected
};

PlanAnswer answer_plan(Pricer& pricer, Shown shown, FlipSearch flips = FlipSearch::now);

}  // namespace costmodel
