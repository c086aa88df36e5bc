#include "costmodel/answer/search.h"

#include <algorithm>
#include <atomic>
#include <set>

#include "costmodel/answer/open_axes.h"
#include "costmodel/base/on_threads.h"
#include "costmodel/plan/candidates.h"
#include "costmodel/plan/plan_alias.h"

namespace costmodel {

namespace {

// Rings past this length are bounded first and walked exactly only when they are the best of their family.
constexpr int search_position_limit = 64;
constexpr std::size_t most_unfit_priced = 64;

bool faster(const PlanPrice& a, const PlanPrice& b) { return a.per_replica() < b.per_replica(); }

// Replaces bounds by exact times where they are shown.
void price_best_exactly(Pricer& pricer, std::vector<PlanPrice>& ranked) {
  std::set<std::string> seen;
  bool changed = false;
  for (PlanPrice& price : ranked) {
    if (!seen.insert(plan_family(price.plan)).second) continue;
    const bool bounded = std::any_of(price.phases.begin(), price.phases.end(), [](const PhaseTime& phase) {
      return phase.scope == WalkScope::envelope;
    });
    if (!bounded) continue;
    price = pricer.price(price.plan);
    changed = true;
  }
  if (changed) std::stable_sort(ranked.begin(), ranked.end(), faster);
}

enum class MemoryFirst { no, yes };

// A plan's price; of a plan that does not fit, when memory comes first, its memory alone.
PlanPrice search_price(Pricer& pricer, const Plan& plan, const WalkOptions& options, MemoryFirst order) {
  if (order == MemoryFirst::yes) {
    PlanPrice checked = pricer.check(plan);
    if (checked.rejected) return checked;
  }
  return pricer.price(plan, options);
}

// Whether plans share most of what a pricer works out once: how attention is split.
bool is_split_alike(const Plan& a, const Plan& b) {
  return a.transport == b.transport && a.tensor == b.tensor && a.data == b.data && a.ulysses == b.ulysses &&
         a.ring == b.ring && a.inner_ring == b.inner_ring && a.layout == b.layout && a.forward == b.forward &&
         a.backward == b.backward;
}

// Where the runs of such plans begin, and the end of the last.
std::vector<std::size_t> runs_of_alike(const std::vector<Plan>& plans) {
  std::vector<std::size_t> begins;
  for (std::size_t i = 0; i < plans.size(); ++i)
    if (i == 0 || !is_split_alike(plans[i - 1], plans[i])) begins.push_back(i);
  begins.push_back(plans.size());
  return begins;
}

// Prices of all plans, in their order.  Every thread takes a run of plans that share phases at a time, so
// that no two work out the same.
std::vector<PlanPrice> search_prices(Pricer& pricer, const std::vector<Plan>& plans,
                                     const WalkOptions& options, MemoryFirst order, int threads) {
  std::vector<PlanPrice> prices(plans.size());
  const std::vector<std::size_t> begins = runs_of_alike(plans);
  std::atomic<std::size_t> next{0};
  const auto price_runs = [&](Pricer& own) {
    for (std::size_t run = next++; run + 1 < begins.size(); run = next++)
      for (std::size_t i = begins[run]; i < begins[run + 1]; ++i)
        prices[i] = search_price(own, plans[i], options, order);
  };
  const auto work = [&](int thread) {
    if (thread == 0) return price_runs(pricer);
    Pricer own = pricer.for_another_thread();
    price_runs(own);
  };
  const int runs = static_cast<int>(begins.size()) - 1;
  on_threads(std::min(threads, runs), work, [&] { next = begins.size(); });
  return prices;
}

}  // namespace

SearchResult search_plans(Pricer& pricer, const std::vector<Plan>& plans, const SearchOptions& how) {
  SearchResult result;
  std::vector<PlanPrice> too_large, indivisible;
  WalkOptions options;
  options.position_limit = search_position_limit;
  // What fits is known long before how long it takes; steps that do not fit are priced only when nothing
  // does.
  const bool memory_first =
      is_whole_model(pricer.scenario().workload.phase) && plans.size() > most_unfit_priced;
  for (PlanPrice& price : search_prices(pricer, plans, options,
                                        memory_first ? MemoryFirst::yes : MemoryFirst::no, how.threads)) {
    if (price.phases.empty()) {
      (price.memory.value > 0 ? too_large : indivisible).push_back(std::move(price));
      continue;
    }
    ++result.priced;
    (price.rejected ? result.rejected : result.ranked).push_back(std::move(price));
  }
  if (result.ranked.empty() && !too_large.empty()) {
    const std::size_t some = std::min(too_large.size(), most_unfit_priced);
    std::partial_sort(too_large.begin(), too_large.begin() + static_cast<std::ptrdiff_t>(some),
                      too_large.end(),
                      [](const PlanPrice& a, const PlanPrice& b) { return a.memory < b.memory; });
    std::vector<Plan> nearest;
    for (std::size_t i = 0; i < some; ++i) nearest.push_back(too_large[i].plan);
    result.rejected = search_prices(pricer, nearest, options, MemoryFirst::no, how.threads);
    too_large.erase(too_large.begin(), too_large.begin() + static_cast<std::ptrdiff_t>(some));
  }
  // Equal times keep the order of the candidates.
  std::stable_sort(result.ranked.begin(), result.ranked.end(), faster);
  std::stable_sort(result.rejected.begin(), result.rejected.end(), faster);
  price_best_exactly(pricer, result.ranked);
  for (std::vector<PlanPrice>* others : {&too_large, &indivisible})
    result.rejected.insert(result.rejected.end(), std::make_move_iterator(others->begin()),
                           std::make_move_iterator(others->end()));
  return result;
}

SearchResult search_plans(Pricer& pricer, const SearchOptions& options) {
  const Scenario& scenario = pricer.scenario();
  if (scenario.plan) return search_plans(pricer, {scenario_plan(pricer)}, options);
  return search_plans(pricer, candidates(scenario), options);
}

std::string plan_family(const Plan& plan) {
  std::string family;
  switch (plan.transport) {
    case Transport::none: return "single";
    case Transport::tensor: return "tensor";
    case Transport::all_to_all: family = "ulysses"; break;
    case Transport::hybrid: family = "usp"; break;
    case Transport::all_gather: family = "all-gather"; break;
    case Transport::ring:
      if (plan.layout == Layout::zigzag && plan.backward == BackwardSide::q)
        family = "burst";
      else if (plan.layout == Layout::zigzag)
        family = plan.double_ring() ? "burst-kv" : "zigzag-ring";
      else
        family = plan.layout == Layout::striped ? "striped-ring" : "ring";
  }
  return plan.tensor > 1 ? "tensor x " + family : family;
}

FamilyTable family_table(Pricer& pricer, const SearchResult& result) {
  FamilyTable table;
  std::set<std::string> families;
  for (const PlanPrice& price : result.ranked) {
    const bool mixed = price.plan.tensor > 1 && price.plan.transport != Transport::tensor;
    if (mixed && !table.best.empty() && !pricer.scenario().plan) continue;
    if (families.insert(plan_family(price.plan)).second) table.best.push_back(price);
  }
  if (pricer.scenario().plan) {
    table.rejected = result.rejected;
    return table;
  }
  for (const PlanAlias& alias : plan_aliases()) {
    if (alias.name == "single" && pricer.scenario().cluster.gpu_count() > 1) continue;
    Plan plan = plan_from_alias(std::string(alias.name), pricer.scenario());
    if (families.count(plan_family(plan)) > 0) continue;
    plan = choose_open_axes(pricer, plan, {});
    PlanPrice price = pricer.price(plan);
    if (!price.rejected) continue;  // outside the search limits
    families.insert(plan_family(plan));
    table.rejected.push_back(std::move(price));
  }
  return table;
}

}  // namespace costmodel
