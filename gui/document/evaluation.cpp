#include "gui/document/evaluation.h"

#include <algorithm>
#include <chrono>

#include "costmodel/answer/calibration_report.h"
#include "costmodel/base/error.h"
#include "costmodel/price/scenario_calibration.h"

namespace gui {

const costmodel::PlanReport* Evaluation::report(int index) const {
  return index >= 0 && index < static_cast<int>(reports.size()) ? &reports[static_cast<std::size_t>(index)]
                                                                : nullptr;
}

int Evaluation::indexOf(const costmodel::Plan& plan) const {
  const auto found = std::find_if(reports.begin(), reports.end(), [&](const costmodel::PlanReport& report) {
    return report.price.plan == plan;
  });
  return found == reports.end() ? -1 : static_cast<int>(found - reports.begin());
}

int Evaluation::indexOfFamily(const std::string& family) const {
  const auto found = std::find_if(reports.begin(), reports.end(), [&](const costmodel::PlanReport& report) {
    return costmodel::plan_family(report.price.plan) == family || report.alias == family ||
           report.name == family;
  });
  return found == reports.end() ? -1 : static_cast<int>(found - reports.begin());
}

EvaluationPtr evaluate(const EvaluationRequest& request) {
  const auto start = std::chrono::steady_clock::now();
  auto evaluation = std::make_shared<Evaluation>();
  evaluation->scenario = request.scenario;
  evaluation->revision = request.revision;
  std::string unread;  // why the scenario's calibration is not the one that is used
  try {
    read_scenario_calibrations(evaluation->scenario);
  } catch (const costmodel::Error& error) {
    unread = std::string(error.what()) + ". The built-in calibrations are used. ";
  }
  costmodel::Pricer pricer(evaluation->scenario);
  evaluation->answer =
      costmodel::answer_plan(pricer, costmodel::Shown::best_of_families, costmodel::FlipSearch::later);
  evaluation->reports = costmodel::plan_reports(pricer, evaluation->answer.shown);
  for (const costmodel::Plan& plan : request.pinned) {
    if (evaluation->indexOf(plan) >= 0) continue;
    evaluation->reports.push_back(costmodel::plan_report(pricer, pricer.price(plan)));
    ++evaluation->pinned;
  }
  if (!evaluation->answer.verdict.plan.empty()) evaluation->winner = 0;
  evaluation->calibration = unread + costmodel::calibration_text(pricer);
  evaluation->scope = costmodel::scope_text(evaluation->scenario);
  evaluation->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return evaluation;
}

EvaluationPtr withFlips(const Evaluation& evaluation, const costmodel::FlipSearchGoesOn& goes_on) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<costmodel::PlanPrice> best;
  for (const costmodel::PlanPrice& price : evaluation.answer.shown)
    if (!price.rejected) best.push_back(price);
  costmodel::Verdict verdict = evaluation.answer.verdict;
  if (!costmodel::add_flips(verdict, evaluation.scenario, best, goes_on)) return nullptr;
  auto complete = std::make_shared<Evaluation>(evaluation);
  complete->answer.verdict = std::move(verdict);
  complete->flips = true;
  complete->seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return complete;
}

}  // namespace gui
