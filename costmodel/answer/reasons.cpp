#include "costmodel/answer/reasons.h"

#include <cmath>

#include "costmodel/base/unit_text.h"
#include "costmodel/plan/plan_alias.h"

namespace costmodel {

namespace {

std::string percent(double share) { return format_number(100.0 * share) + " %"; }

// Bytes one GPU sends, in units of N x hidden elements.
double circulations(const Scenario& scenario, Bytes bytes) {
  const double elements = static_cast<double>(scenario.workload.sequence * scenario.workload.batch) *
                          static_cast<double>(scenario.model.query_width());
  return bytes.value / (elements * static_cast<double>(bytes_per_element(scenario.workload.dtype)));
}

}  // namespace

std::string format_ratio(double ratio) {
  // Two digits behind the point near one, where they decide.
  const double rounded = ratio < 1.995 ? std::round(ratio * 100.0) / 100.0 : std::round(ratio * 10.0) / 10.0;
  return format_number(rounded) + "x";
}

std::string reason_against(const Scenario& scenario, const PlanPrice& winner, const PlanPrice& other) {
  if (is_tie(winner, other)) return "";
  const double ratio = other.time / winner.time;
  std::string text = format_ratio(ratio) + " faster than " + plan_name(other.plan, scenario) + ": ";
  const Seconds idle = other.compute - winner.compute, waits = other.exposed() - winner.exposed();
  if (idle >= waits) {
    const bool unbalanced = other.plan.layout == Layout::contiguous && other.plan.context_parallel() > 1 &&
                            scenario.workload.mask.kind != MaskKind::full;
    return text +
           (unbalanced ? "contiguous tokens load the GPUs unevenly under this mask; the busiest one computes "
                       : "its busiest GPU computes ") +
           format_seconds(other.compute) + " instead of " + format_seconds(winner.compute);
  }
  text += "it hides its transfers better (exposed " + percent(winner.exposed_share()) + " against " +
          percent(other.exposed_share()) + ")";
  if (winner.plan.double_ring() && !other.plan.double_ring() && other.plan.transport_is_ring())
    text +=
        "; a flat ring pushes every block through one NIC per node at every step, the double ring once per "
        "node";
  return text;
}

std::string side_reason(Pricer& pricer, const Plan& ring_plan) {
  const Scenario& scenario = pricer.scenario();
  if (!ring_plan.transport_is_ring() || scenario.workload.phase == WorkPhase::forward) return "";
  Plan kv = ring_plan, q = ring_plan;
  kv.backward = BackwardSide::kv;
  q.backward = BackwardSide::q;
  const PlanPrice kv_price = pricer.price(kv), q_price = pricer.price(q);
  if (kv_price.phases.empty() || q_price.phases.empty()) return "";
  const double kv_sent = circulations(scenario, kv_price.traffic.attention);
  const double q_sent = circulations(scenario, q_price.traffic.attention);
  const std::int64_t grouped = scenario.model.heads / scenario.model.kv_heads;
  const std::string numbers =
      "(" + format_number(q_sent) + " against " + format_number(kv_sent) + " x N x hidden elements per GPU)";
  const std::string who = grouped > 1
                              ? "the model groups " + std::to_string(grouped) + " query heads per key head"
                              : "every query head has its own key head";
  if (q_sent > kv_sent)
    return "Rings should keep the K,V side in backward: the query side (burst) would move " +
           format_ratio(q_sent / kv_sent) + " the bytes " + numbers + ", since " + who;
  return "The query side (burst) moves " + percent(1.0 - q_sent / kv_sent) + " less than the K,V side " +
         numbers + ", since " + who;
}

}  // namespace costmodel
