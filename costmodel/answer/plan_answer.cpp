#include "costmodel/answer/plan_answer.h"

#include <algorithm>
#include <thread>

namespace costmodel {

namespace {
// More have too little to do for what it takes to start them.
constexpr int most_threads = 8;
}  // namespace

PlanAnswer answer_plan(Pricer& pricer, Shown shown, FlipSearch flips) {
  PlanAnswer answer;
  const auto cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  answer.result = search_plans(pricer, SearchOptions{std::min(cores, most_threads)});
  FamilyTable table = family_table(pricer, answer.result);
  answer.verdict = plan_verdict(pricer, answer.result, table.best, flips);
  if (shown == Shown::all) {
    answer.shown = answer.result.ranked;
    answer.shown.insert(answer.shown.end(), answer.result.rejected.begin(), answer.result.rejected.end());
    return answer;
  }
  answer.shown = std::move(table.best);
  answer.shown.insert(answer.shown.end(), table.rejected.begin(), table.rejected.end());
  return answer;
}

}  // namespace costmodel
