#include "cli/plan_report.h"

#include <stdexcept>

#include "costmodel/plan/plan_alias.h"
#include "costmodel/schedule/lowering.h"

namespace cli {

const costmodel::Figure& PlanReport::figure(std::string_view figure_name) const {
  const costmodel::Figure* found = costmodel::find_figure(figures, figure_name);
  if (found == nullptr) throw std::logic_error("no figure named " + std::string(figure_name));
  return *found;
}

PlanReport plan_report(costmodel::Pricer& pricer, const costmodel::PlanPrice& price) {
  const costmodel::Scenario& scenario = pricer.scenario();
  PlanReport report{price,
                    costmodel::plan_name(price.plan, scenario),
                    costmodel::alias_of(price.plan, scenario),
                    costmodel::plan_figures(pricer, price),
                    {}};
  if (report.priced() && costmodel::is_whole_model(scenario.workload.phase))
    report.memory_over_time =
        costmodel::memory_over_time(costmodel::lower(scenario, price.plan), scenario.search.memory_reserve);
  return report;
}

std::vector<PlanReport> plan_reports(costmodel::Pricer& pricer,
                                     const std::vector<costmodel::PlanPrice>& prices) {
  std::vector<PlanReport> reports;
  reports.reserve(prices.size());
  for (const costmodel::PlanPrice& price : prices) reports.push_back(plan_report(pricer, price));
  return reports;
}

}  // namespace cli
