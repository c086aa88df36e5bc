#include "costmodel/answer/reasons.h"

#include <cmath>

#include "costmodel/base/unit_text.h"
#include "costmodel/plan/plan_alias.h"

namespace costmodel {

namespace {

std::string percent(double share) { return format_number(100.0 * share) + " %"; }

// Bytes one GPU sends for one layer, in units of N x hidden elements.
double circulations(const Scenario& scenario, Bytes bytes) {
  const std::int64_t layers = is_whole_model(scenario.workload.phase) ? scenario.model.layers : 1;
  const double elements = static_cast<double>(scenario.workload.sequence * scenario.workload.batch * layers) *
                          static_cast<double>(scenario.model.query_width());
  return bytes.value / (elements * static_cast<double>(bytes_per_element(scenario.workload.dtype)));
}

}  // namespace

std::string format_ratio(double ratio) {
  if (std::abs(ratio - 1.0) < 0.005) return "1.00x";
  // Two digits behind the point near one, where they decide.
  const double rounded = ratio < 1.995 ? std::round(ratio * 100.0) / 100.0 : std::round(ratio * 10.0) / 10.0;
  return format_number(rounded) + "x";
}

std::string reason_against(const Scenario& scenario, const PlanPrice& winner, const PlanPrice& other) {
  if (is_tie(winner, other)) return "";
  const double ratio = other.per_replica() / winner.per_replica();
  std::string text = format_ratio(ratio) + " faster than " + plan_name(other.plan, scenario) + ": ";
  const Seconds compute = winner.compute / winner.plan.data, other_compute = other.compute / other.plan.data;
  const Seconds idle = other_compute - compute,
                waits = other.exposed() / other.plan.data - winner.exposed() / winner.plan.data;
  if (idle >= waits) {
    const bool unbalanced = other.plan.layout == Layout::contiguous && other.plan.context_parallel() > 1 &&
                            scenario.workload.mask.kind != MaskKind::full;
    return text +
           (unbalanced ? "contiguous tokens load the GPUs unevenly under this mask; the busiest one computes "
                       : "its busiest GPU computes ") +
           (winner.plan.data == other.plan.data
                ? format_seconds(other.compute) + " instead of " + format_seconds(winner.compute)
                : format_seconds(other_compute) + " instead of " + format_seconds(compute) +
                      " for a replica's batch");
  }
  // Weights that one plan gathers over the links and the other does not are not a matter of hiding.
  const Bytes weights =
      other.traffic.of(TrafficItem::parameters) - winner.traffic.of(TrafficItem::parameters);
  if (weights > 0.5 * (other.traffic.per_gpu - winner.traffic.per_gpu) && weights.value > 0)
    return text + "every GPU sends " + format_bytes(weights) + " more of gathered weights (exposed " +
           percent(winner.exposed_share()) + " against " + percent(other.exposed_share()) + ")";
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
  if (!ring_plan.transport_is_ring() || !has_backward(scenario.workload.phase)) return "";
  Plan kv = ring_plan, q = ring_plan;
  kv.backward = BackwardSide::kv;
  q.backward = BackwardSide::q;
  const PlanPrice kv_price = pricer.price(kv), q_price = pricer.price(q);
  if (kv_price.phases.empty() || q_price.phases.empty()) return "";
  if (kv_price.traffic.of(TrafficItem::attention).value <= 0) return "";
  const double kv_sent = circulations(scenario, kv_price.traffic.of(TrafficItem::attention));
  const double q_sent = circulations(scenario, q_price.traffic.of(TrafficItem::attention));
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

// Formula 2.11: pass K,V when their way is hidden or when they are the fewer bytes.
PublishedRule published_rule(const Scenario& scenario, const Plan& plan, const Calibration& calibration) {
  const WorkloadSpec& workload = scenario.workload;
  const NodeSpec& node = scenario.cluster.groups.front().node;
  const double share =
      static_cast<double>(scenario.model.kv_heads) / static_cast<double>(scenario.model.heads);
  const double e = static_cast<double>(bytes_per_element(workload.dtype));
  // A context-parallel rank is a tensor group; the ring leaves the node where it spans nodes.
  const FlopsPerSecond rate =
      node.device.tensor_rate.value * (calibration.forward.peak_fraction.value * plan.tensor);
  const bool spans_nodes = plan.world_size() > node.gpus;
  const BytesPerSecond link = (spans_nodes ? node.scale_out.nic_bandwidth.value *
                                                 (static_cast<double>(node.scale_out.nics) / node.gpus)
                                           : node.scale_up.one_peer.value) *
                              plan.tensor;
  PublishedRule rule;
  rule.hidden_from = plan.ring * (rate / Flops(1)) * share * e / (2.0 * (link / Bytes(1)));
  rule.new_share = static_cast<double>(workload.sequence) /
                   static_cast<double>(workload.sequence + workload.cached_tokens());
  rule.share_limit = 2.0 * share;
  const bool keys =
      static_cast<double>(workload.sequence) >= rule.hidden_from || rule.new_share >= rule.share_limit;
  rule.side = keys ? ForwardSide::kv : ForwardSide::q;
  return rule;
}

std::string forward_side_reason(Pricer& pricer, const Plan& ring_plan) {
  const Scenario& scenario = pricer.scenario();
  if (ring_plan.transport != Transport::ring || scenario.workload.phase != WorkPhase::prefill) return "";
  Plan kv = ring_plan, q = ring_plan;
  kv.forward = ForwardSide::kv;
  q.forward = ForwardSide::q;
  const PlanPrice kv_price = pricer.price(kv), q_price = pricer.price(q);
  if (kv_price.phases.empty() || q_price.phases.empty()) return "";
  const PublishedRule rule = published_rule(scenario, ring_plan, pricer.calibration());
  const auto name = [](ForwardSide side) { return std::string(side == ForwardSide::kv ? "K,V" : "queries"); };
  const ForwardSide ours = q_price.time < kv_price.time ? ForwardSide::q : ForwardSide::kv;
  std::string text = "With " + split_name(kv, scenario) + " passing K,V takes " +
                     format_seconds(kv_price.time) + ", passing queries " + format_seconds(q_price.time);
  text += is_tie(kv_price, q_price) ? ", a tie" : ": pass " + name(ours);
  return text + ". The published rule says " + name(rule.side) + " (new tokens are " +
         percent(rule.new_share) + " of all, against 2 kv heads / heads = " + percent(rule.share_limit) +
         "; K,V are hidden from " + format_tokens_short(static_cast<std::int64_t>(rule.hidden_from)) +
         " new tokens)";
}

}  // namespace costmodel
