#include "costmodel/price/plan_figures.h"

#include "costmodel/price/figure_maker.h"
#include "costmodel/schedule/lowering.h"

namespace costmodel {

std::vector<Figure> plan_figures(Pricer& pricer, const PlanPrice& price) {
  std::vector<Figure> figures;
  if (price.phases.empty()) return figures;
  const Scenario& scenario = pricer.scenario();
  const FigureMaker make(pricer, price);
  const Schedule schedule = lower(scenario, price.plan);
  add_time_figures(figures, make, scenario, schedule, price);
  add_traffic_figures(figures, make, schedule, price);
  add_memory_figures(figures, make, scenario, schedule, price);
  return figures;
}

const Figure* find_figure(const std::vector<Figure>& figures, std::string_view name) {
  for (const Figure& figure : figures)
    if (figure.name == name) return &figure;
  return nullptr;
}

}  // namespace costmodel
