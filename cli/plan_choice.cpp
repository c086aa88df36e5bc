#include "cli/plan_choice.h"

#include "cli/scenario_input.h"
#include "costmodel/answer/open_axes.h"
#include "costmodel/answer/search.h"
#include "costmodel/base/error.h"

namespace cli {

costmodel::Plan chosen_plan(costmodel::Pricer& pricer, const std::string& text) {
  const costmodel::Scenario& scenario = pricer.scenario();
  if (!text.empty()) return plan_named(pricer, text, "--plan");
  if (scenario.plan) return costmodel::scenario_plan(pricer);
  const costmodel::SearchResult result = costmodel::search_plans(pricer);
  if (!result.ranked.empty()) return result.ranked.front().plan;
  // Nothing runs: the fastest that was priced shows best what is missing.
  if (!result.rejected.empty()) return result.rejected.front().plan;
  throw costmodel::Error("no plan is left by the limits in [search]; expected wider limits or --plan burst");
}

}  // namespace cli
