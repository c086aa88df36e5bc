#include "costmodel/answer/open_axes.h"

#include <algorithm>

#include "costmodel/plan/plan_alias.h"
#include "costmodel/plan/plan_text.h"

namespace costmodel {

namespace {

struct OpenAxis {
  const char* key;
  std::vector<std::string> values;  // the usual one first
};

std::vector<OpenAxis> open_axes(const Scenario& scenario, const std::vector<std::string>& given) {
  std::vector<OpenAxis> axes;
  const auto add = [&](const char* key, std::vector<std::string> values) {
    if (std::find(given.begin(), given.end(), key) == given.end()) axes.push_back({key, std::move(values)});
  };
  if (scenario.workload.phase == WorkPhase::training_step) {
    add("checkpoint", {"none", "attention_output", "half_attention_output", "full"});
    add("zero", {"0", "1", "2", "3"});
    add("offload", {"none", "optimizer"});
    add("fused_loss", {"no", "yes"});
  } else if (scenario.workload.phase == WorkPhase::prefill) {
    add("zero", {"0", "3"});
  }
  return axes;
}

// Every combination of the values.
void expand(const std::vector<OpenAxis>& axes, std::size_t from, const Plan& plan, std::vector<Plan>& plans) {
  if (from == axes.size()) {
    plans.push_back(plan);
    return;
  }
  for (const std::string& value : axes[from].values) {
    Plan changed = plan;
    apply_axis(changed, axes[from].key, value);
    expand(axes, from + 1, changed, plans);
  }
}

}  // namespace

Plan choose_open_axes(Pricer& pricer, const Plan& plan, const std::vector<std::string>& given) {
  const std::vector<OpenAxis> axes = open_axes(pricer.scenario(), given);
  if (axes.empty() || reject(pricer.scenario(), plan)) return plan;
  std::vector<Plan> plans;
  expand(axes, 0, plan, plans);
  Plan best = plan;
  bool fits = false;
  Seconds time;
  Bytes memory;
  for (const Plan& candidate : plans) {
    // How long it takes matters only of plans that fit.
    PlanPrice price = pricer.check(candidate);
    if (price.rejected && price.memory.value == 0) continue;
    if (!price.rejected) price = pricer.price(candidate);
    const bool better =
        price.rejected ? !fits && (memory.value == 0 || price.memory < memory) : !fits || price.time < time;
    if (!better) continue;
    fits |= !price.rejected;
    best = candidate;
    time = price.time;
    memory = price.memory;
  }
  return best;
}

Plan resolved_plan(Pricer& pricer, const std::string& text) {
  const Plan plan = plan_from_alias(text, pricer.scenario());
  return is_whole_model(pricer.scenario().workload.phase) ? choose_open_axes(pricer, plan, given_axes(text))
                                                          : plan;
}

Plan scenario_plan(Pricer& pricer) {
  const Scenario& scenario = pricer.scenario();
  return scenario.plan_text.empty()
             ? *scenario.plan
             : choose_open_axes(pricer, *scenario.plan, given_axes(scenario.plan_text));
}

std::vector<MemoryChange> memory_changes(Pricer& pricer, const PlanPrice& price) {
  std::vector<MemoryChange> changes;
  if (price.phases.empty() || !is_whole_model(pricer.scenario().workload.phase)) return changes;
  const auto consider = [&](const Plan& plan, const std::string& text) {
    const PlanPrice changed = pricer.price(plan);
    if (!changed.rejected && changed.memory < price.memory)
      changes.push_back({text, changed.memory, changed.time / price.time});
  };
  for (const OpenAxis& axis : open_axes(pricer.scenario(), {}))
    for (const std::string& value : axis.values) {
      Plan plan = price.plan;
      apply_axis(plan, axis.key, value);
      if (plan == price.plan) continue;
      consider(plan, std::string(axis.key) + " = " + value);
    }
  std::stable_sort(changes.begin(), changes.end(),
                   [](const MemoryChange& a, const MemoryChange& b) { return a.slowdown < b.slowdown; });
  if (!changes.empty()) return changes;
  // No single change is enough: all of them together.
  const Plan all = choose_open_axes(pricer, price.plan, {});
  std::string text;
  const auto now = axes_of(price.plan), then = axes_of(all);
  for (std::size_t i = 0; i < now.size(); ++i)
    if (now[i] != then[i]) text += (text.empty() ? "" : ", ") + then[i].first + " = " + then[i].second;
  if (!text.empty()) consider(all, text);
  return changes;
}

}  // namespace costmodel
