#include "costmodel/answer/plan_answer.h"

namespace costmodel {

PlanAnswer answer_plan(Pricer& pricer, Shown shown, FlipSearch flips) {
  PlanAnswer answer;
  answer.result = search_plans(pricer);
  answer.verdict = plan_verdict(pricer, answer.result, flips);
  if (shown == Shown::all) {
    answer.shown = answer.result.ranked;
    answer.shown.insert(answer.shown.end(), answer.result.rejected.begin(), answer.result.rejected.end());
    return answer;
  }
  FamilyTable table = family_table(pricer, answer.result);
  answer.shown = std::move(table.best);
  answer.shown.insert(answer.shown.end(), table.rejected.begin(), table.rejected.end());
  return answer;
}

}  // namespace costmodel
