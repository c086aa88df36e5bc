#include "costmodel/answer/plan_report.h"

#include <stdexcept>

#include "costmodel/plan/plan_alias.h"
#include "costmodel/schedule/lowering.h"

namespace costmodel {

const Figure& PlanReport::figure(std::string_view figure_name) const {
  const Figure* found = find_figure(figures, figure_name);
  if (found == nullptr) throw std::logic_error("no figure named " + std::string(figure_name));
  return *found;
}

PlanReport plan_report(Pricer& pricer, const PlanPrice& price) {
  const Scenario& scenario = pricer.scenario();
  PlanReport report{price,
                    plan_name(price.plan, scenario),
                    alias_of(price.plan, scenario),
                    plan_figures(pricer, price),
                    {}};
  if (report.priced() && is_whole_model(scenario.workload.phase))
    report.memory_over_time = memory_over_time(lower(scenario, price.plan), scenario.search.memory_reserve);
  return report;
}

std::vector<PlanReport> plan_reports(Pricer& pricer, const std::vector<PlanPrice>& prices) {
  std::vector<PlanReport> reports;
  reports.reserve(prices.size());
  for (const PlanPrice& price : prices) reports.push_back(plan_report(pricer, price));
  return reports;
}

}  // namespace costmodel
