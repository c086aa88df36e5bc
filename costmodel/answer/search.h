// The search: enumerate the plans, reject with a reason, compare.
#pragma once

#include <string>
#include <vector>

#include "costmodel/price/plan_price.h"

namespace costmodel {

struct SearchResult {
  std::vector<PlanPrice> ranked;  // plans that run and fit, fastest first
  std::vector<PlanPrice>
      rejected;            // with their reason; those that were priced and do not fit, then the others
  std::size_t priced = 0;  // plans whose time was computed
};

struct SearchOptions {
  int threads = 1;  // the result does not depend on it
};

// Prices the candidates of the scenario, or its one plan when it names one.
SearchResult search_plans(Pricer& pricer, const SearchOptions& options = {});
SearchResult search_plans(Pricer& pricer, const std::vector<Plan>& plans, const SearchOptions& options = {});

// Plans of one family differ in degrees and gradient dtype only: "burst", "usp", "tensor x zigzag-ring".
std::string plan_family(const Plan& plan);

// The fastest of each family, fastest first; rejected families by their alias's plan.  Tensor parallelism
// mixed with a transport is there only when it wins: otherwise it would double the table without changing the
// answer.
struct FamilyTable {
  std::vector<PlanPrice> best;
  std::vector<PlanPrice> rejected;
};
FamilyTable family_table(Pricer& pricer, const SearchResult& result);

}  // namespace costmodel
