#include "costmodel/answer/verdict.h"

#include <algorithm>

#include "costmodel/answer/reasons.h"
#include "costmodel/base/unit_text.h"
#include "costmodel/plan/candidates.h"
#include "costmodel/plan/plan_alias.h"
#include "costmodel/plan/plan_text.h"

namespace costmodel {

namespace {

constexpr int largest_asked = 4096;  // GPUs of the clusters that are tried when nothing fits

std::string phase_text(const Scenario& scenario) {
  switch (scenario.workload.phase) {
    case WorkPhase::forward: return "forward";
    case WorkPhase::backward: return "backward";
    case WorkPhase::forward_backward: return "forward + backward";
    case WorkPhase::training_step: return "step";
    case WorkPhase::prefill: return "prefill";
  }
  return "";
}

// "double ring, zigzag tokens, K,V side": the axes that a reader of the name may not know.
std::string plan_description(const Scenario& scenario, const Plan& plan) {
  if (!plan.transport_is_ring()) return "";
  std::string text = plan.double_ring() ? " (double ring, " : " (flat ring, ";
  text += std::string(name_of(plan.layout)) + " tokens";
  if (has_backward(scenario.workload.phase))
    text +=
        plan.backward == BackwardSide::q ? ", queries travel in backward" : ", K and V travel in backward";
  return text + ")";
}

std::string headline(Pricer& pricer, const PlanPrice& best) {
  const Scenario& scenario = pricer.scenario();
  std::string time = format_seconds(best.time) + " per layer, " + phase_text(scenario);
  if (is_whole_model(scenario.workload.phase)) {
    const double rate = tokens_per_second(scenario, best);
    const std::int64_t tokens = scenario.workload.sequence * scenario.workload.batch * best.plan.data;
    time = format_seconds(best.time) + " per " + phase_text(scenario) + " of " + format_tokens_short(tokens) +
           " tokens, " + format_number(rate) + " tokens/s (" + format_number(rate / best.plan.world_size()) +
           " per GPU)";
  }
  return "Run " + plan_name(best.plan, scenario) + plan_description(scenario, best.plan) + ": " + time +
         "; " + format_bytes(best.memory) + " of " + format_bytes(device_memory(scenario.cluster)) +
         " per GPU, fits.";
}

// Whether any plan of the scenario runs and fits; of a whole step those that need least memory are asked.
bool anything_fits(Scenario scenario) {
  SearchLimits& limits = scenario.search;
  if (scenario.workload.phase == WorkPhase::training_step) {
    if (limits.checkpoints.empty()) limits.checkpoints = {Checkpoint::full};
    if (limits.zeros.empty()) limits.zeros = {3};
    if (limits.offloads.empty()) limits.offloads = {Offload::optimizer};
    if (limits.fused_losses.empty()) limits.fused_losses = {FusedLoss::yes};
  } else if (scenario.workload.phase == WorkPhase::prefill && limits.zeros.empty()) {
    limits.zeros = {3};
  }
  Pricer pricer(scenario);
  // One is enough, so those that are quick to look at come first.
  std::vector<Plan> plans = candidates(scenario);
  std::stable_sort(plans.begin(), plans.end(), [](const Plan& a, const Plan& b) { return a.ring < b.ring; });
  return std::any_of(plans.begin(), plans.end(),
                     [&](const Plan& plan) { return !pricer.check(plan).rejected; });
}

// Nothing fits: fewer tokens or more nodes.  Only where memory or GPUs are what is missing.
void add_nearest_change(Verdict& verdict, Pricer& pricer, const std::vector<PlanPrice>& rejected) {
  const Scenario& scenario = pricer.scenario();
  std::int64_t tokens = 0;
  bool short_of_something = false;
  for (const PlanPrice& price : rejected) {
    const RejectReason reason = price.rejected->reason;
    short_of_something |= reason == RejectReason::memory || reason == RejectReason::devices;
    if (!price.phases.empty()) tokens = std::max(tokens, longest_sequence(scenario, price.plan));
  }
  std::string& text = verdict.nearest_change;
  if (tokens > 0 && tokens < scenario.workload.sequence) {
    verdict.nearest_sequence = tokens;
    text = format_tokens_short(tokens) + " tokens";
  }
  if (!short_of_something) return;
  Scenario larger = scenario;
  larger.plan.reset();
  larger.plan_text.clear();
  larger.placement.clear();
  for (int factor = 2; factor <= 64 && larger.cluster.uniform(); factor *= 2) {
    larger.cluster.groups.front().count = scenario.cluster.groups.front().count * factor;
    if (larger.cluster.gpu_count() > largest_asked || !anything_fits(larger)) continue;
    verdict.nearest_nodes = larger.cluster.node_count();
    text += (text.empty() ? "" : ", or ") + std::to_string(verdict.nearest_nodes) + " nodes";
    return;
  }
}

// Fewer things that can go wrong: one level of splitting before two, the common backward side before the
// other.
int complexity(const Plan& plan) {
  const int levels = (plan.tensor > 1) + (plan.ulysses > 1) + (plan.ring > 1) + (plan.double_ring() ? 1 : 0);
  const bool unusual = plan.transport_is_ring() && plan.backward == BackwardSide::q;
  return 2 * levels + (unusual ? 1 : 0);
}

// `ordered` begins with the winner; the simplest plan that ties with it, the faster of equals.
const PlanPrice& simplest_tie(const std::vector<PlanPrice>& ordered) {
  const PlanPrice* simplest = &ordered.front();
  for (const PlanPrice& price : ordered)
    if (is_tie(ordered.front(), price) && complexity(price.plan) < complexity(simplest->plan))
      simplest = &price;
  return *simplest;
}

void add_ties(Verdict& verdict, const Scenario& scenario, const std::vector<PlanPrice>& ordered) {
  std::string names;
  for (std::size_t i = 1; i < ordered.size(); ++i) {
    if (!is_tie(ordered[0], ordered[i])) continue;
    const std::string name = plan_name(ordered[i].plan, scenario);
    verdict.tie_with.push_back(name);
    if (verdict.tie_with.size() <= 4)
      names += (names.empty() ? "" : ", ") + name + " (" + format_seconds(ordered[i].time) + ")";
  }
  if (verdict.tie_with.empty()) return;
  if (verdict.tie_with.size() > 4) names += " and " + std::to_string(verdict.tie_with.size() - 4) + " more";
  std::string sentence = "Tie with " + names + ": the gaps are inside the error of the prediction.";
  const PlanPrice& simplest = simplest_tie(ordered);
  if (simplest.plan != ordered.front().plan)
    sentence += " The simplest of them to run is " + plan_name(simplest.plan, scenario) + ".";
  verdict.reasons.push_back({ReasonKind::tie, sentence});
}

bool add_flips_among(Verdict& verdict, const Scenario& scenario, const std::vector<PlanPrice>& ordered,
                     const FlipSearchGoesOn& goes_on = {}) {
  if (ordered.size() < 2) return true;
  std::vector<Plan> plans;
  for (const PlanPrice& price : ordered)
    if (plans.size() < 8) plans.push_back(price.plan);
  std::vector<FlipPoint> flips = flip_points(scenario, plans.front(), plans, goes_on);
  if (goes_on && !goes_on()) return false;
  verdict.flips = std::move(flips);
  std::string text;
  for (const FlipPoint& flip : verdict.flips) text += (text.empty() ? "" : "; ") + flip_text(flip, scenario);
  verdict.reasons.push_back(
      {ReasonKind::flips, text.empty()
                              ? "No flip: no other plan wins clearly within the searched range of tokens "
                                "and link speeds."
                              : "Flips: " + text + "."});
  return true;
}

// How the best of ring and tensor parallelism stand, tie or not: what people ask first of a step.
void add_comparison(Verdict& verdict, const Scenario& scenario, const std::vector<PlanPrice>& ordered) {
  std::string text;
  for (const char* family : {"ring", "zigzag-ring", "tensor"}) {
    const auto other = std::find_if(ordered.begin() + 1, ordered.end(),
                                    [&](const PlanPrice& p) { return plan_family(p.plan) == family; });
    if (other == ordered.end()) continue;
    text += (text.empty() ? "" : ", ") + format_ratio(other->per_replica() / ordered.front().per_replica()) +
            " the speed of " + plan_name(other->plan, scenario) + " (" +
            format_number(tokens_per_second(scenario, *other)) + " tokens/s, " + format_bytes(other->memory) +
            ")" + (is_tie(ordered.front(), *other) ? ", a tie" : "");
  }
  if (!text.empty()) verdict.reasons.push_back({ReasonKind::rates, "In tokens/s: " + text + "."});
}

// `ordered`: fastest first, none rejected, at most one plan of a family.
Verdict verdict_of(Pricer& pricer, const std::vector<PlanPrice>& ordered, FlipSearch flips) {
  const Scenario& scenario = pricer.scenario();
  Verdict verdict;
  const PlanPrice& best = ordered.front();
  verdict.text = headline(pricer, best);
  verdict.plan = plan_name(best.plan, scenario);
  // The clearest losers among the plans that people know.
  std::size_t told = 0;
  for (const char* family : {"ring", "zigzag-ring", "tensor"}) {
    const auto other = std::find_if(ordered.begin() + 1, ordered.end(),
                                    [&](const PlanPrice& p) { return plan_family(p.plan) == family; });
    if (other == ordered.end()) continue;
    const std::string reason = reason_against(scenario, best, *other);
    if (!reason.empty() && told++ < 2) verdict.reasons.push_back({ReasonKind::against, reason + "."});
  }
  if (is_whole_model(scenario.workload.phase)) add_comparison(verdict, scenario, ordered);
  const auto ring = std::find_if(ordered.begin(), ordered.end(), [](const PlanPrice& p) {
    return p.plan.transport == Transport::ring && p.plan.tensor == 1;
  });
  if (ring != ordered.end())
    if (const std::string side = side_reason(pricer, ring->plan); !side.empty())
      verdict.reasons.push_back({ReasonKind::side, side + "."});
  const auto any_ring = std::find_if(ordered.begin(), ordered.end(),
                                     [](const PlanPrice& p) { return p.plan.transport == Transport::ring; });
  if (any_ring != ordered.end())
    if (const std::string side = forward_side_reason(pricer, any_ring->plan); !side.empty())
      verdict.reasons.push_back({ReasonKind::side, side + "."});
  add_ties(verdict, scenario, ordered);
  if (flips == FlipSearch::now) add_flips_among(verdict, scenario, ordered);
  verdict.longest_sequence = longest_sequence(scenario, best.plan);
  return verdict;
}

}  // namespace

bool add_flips(Verdict& verdict, const Scenario& scenario, const std::vector<PlanPrice>& best,
               const FlipSearchGoesOn& goes_on) {
  return best.empty() || add_flips_among(verdict, scenario, best, goes_on);
}

Verdict plan_verdict(Pricer& pricer, const SearchResult& result, const std::vector<PlanPrice>& best,
                     FlipSearch flips) {
  if (!best.empty()) return verdict_of(pricer, best, flips);
  Verdict verdict;
  add_nearest_change(verdict, pricer, result.rejected);
  const auto smallest = std::min_element(result.rejected.begin(), result.rejected.end(),
                                         [](const PlanPrice& a, const PlanPrice& b) {
                                           if (a.phases.empty() != b.phases.empty()) return b.phases.empty();
                                           return a.memory < b.memory;
                                         });
  if (smallest != result.rejected.end()) verdict.changes = memory_changes(pricer, *smallest);
  if (smallest == result.rejected.end()) {
    verdict.text = "No plan is left by the limits in [search].";
    return verdict;
  }
  verdict.text = "No plan runs: " + plan_name(smallest->plan, pricer.scenario()) +
                 " is nearest: " + smallest->rejected->text + ".";
  if (!verdict.nearest_change.empty()) verdict.text += " It would fit with " + verdict.nearest_change + ".";
  return verdict;
}

Verdict compare_verdict(Pricer& pricer, const std::vector<PlanPrice>& plans) {
  std::vector<PlanPrice> ordered;
  for (const PlanPrice& price : plans)
    if (!price.rejected) ordered.push_back(price);
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const PlanPrice& a, const PlanPrice& b) { return a.per_replica() < b.per_replica(); });
  if (!ordered.empty()) return verdict_of(pricer, ordered, FlipSearch::now);
  Verdict verdict;
  verdict.text = "None of these plans runs.";
  add_nearest_change(verdict, pricer, plans);
  if (!verdict.nearest_change.empty()) verdict.text += " One would fit with " + verdict.nearest_change + ".";
  if (plans.size() == 1) verdict.changes = memory_changes(pricer, plans.front());
  return verdict;
}

double tokens_per_second(const Scenario& scenario, const PlanPrice& price) {
  return static_cast<double>(scenario.workload.sequence) * static_cast<double>(scenario.workload.batch) /
         price.per_replica().value;
}

}  // namespace costmodel
