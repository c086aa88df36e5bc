// One plan as the commands show it: its price, its names and its figures.
#pragma once

#include <string>
#include <vector>

#include "costmodel/price/plan_figures.h"
#include "costmodel/price/plan_price.h"

namespace costmodel {

struct PlanReport {
  PlanPrice price;
  std::string name;                            // "usp 8x4"
  std::string alias;                           // "usp", or the name where no alias fits
  std::vector<Figure> figures;                 // none for a plan that was never priced
  std::vector<MemoryMoment> memory_over_time;  // of whole-model phases

  bool runs() const { return !price.rejected; }
  bool priced() const { return !figures.empty(); }
  // Throws std::logic_error when there is no figure of that name.
  const Figure& figure(std::string_view figure_name) const;
};

PlanReport plan_report(Pricer& pricer, const PlanPrice& price);
std::vector<PlanReport> plan_reports(Pricer& pricer, const std::vector<PlanPrice>& prices);

}  // namespace costmodel
