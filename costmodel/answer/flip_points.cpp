#include "costmodel/answer/flip_points.h"

#include <cmath>
#include <numeric>
#include <optional>

#include "costmodel/base/unit_text.h"
#include "costmodel/plan/plan_alias.h"

namespace costmodel {

namespace {

// Large worlds are searched in a smaller range: each evaluation prices every plan.
int doublings(int world_size) { return world_size <= 64 ? 8 : world_size <= 1024 ? 4 : 2; }

class Knob {
 public:
  Knob(const Scenario& scenario, FlipKnob knob, const std::vector<Plan>& plans)
      : scenario_(scenario), knob_(knob) {
    for (const Plan& plan : plans)
      unit_ = std::lcm(unit_, std::int64_t{2} * plan.ring * plan.ulysses * plan.tensor);
  }

  double present() const {
    const NodeSpec& node = scenario_.cluster.groups.front().node;
    switch (knob_) {
      case FlipKnob::sequence: return static_cast<double>(scenario_.workload.sequence);
      case FlipKnob::nic_bandwidth: return node.scale_out.nic_bandwidth.value.value;
      case FlipKnob::link_bandwidth: return node.scale_up.per_gpu.value.value;
    }
    return 0;
  }

  // The scenario with the knob turned by a factor, nothing when that makes no scenario.
  std::optional<Scenario> turned(double factor) const {
    Scenario changed = scenario_;
    if (knob_ == FlipKnob::sequence) {
      const std::int64_t units = std::llround(static_cast<double>(scenario_.workload.sequence) * factor /
                                              static_cast<double>(unit_));
      if (units < 1) return std::nullopt;
      changed.workload.sequence = units * unit_;
      return changed;
    }
    for (NodeGroup& group : changed.cluster.groups) {
      if (knob_ == FlipKnob::nic_bandwidth) {
        group.node.scale_out.nic_bandwidth.value = group.node.scale_out.nic_bandwidth.value * factor;
      } else {
        group.node.scale_up.per_gpu.value = group.node.scale_up.per_gpu.value * factor;
        group.node.scale_up.one_peer.value = group.node.scale_up.one_peer.value * factor;
      }
    }
    return changed;
  }

 private:
  const Scenario& scenario_;
  FlipKnob knob_;
  std::int64_t unit_ = 1;
};

// Who beats `best` there by more than a tie; nothing when nobody does.
std::optional<Plan> usurper(const Scenario& scenario, const Plan& best, const std::vector<Plan>& plans) {
  Pricer pricer(scenario);
  WalkOptions options;
  options.position_limit = 64;
  const PlanPrice own = pricer.price(best, options);
  std::optional<PlanPrice> rival;
  for (const Plan& plan : plans) {
    if (plan == best) continue;
    PlanPrice price = pricer.price(plan, options);
    if (!price.rejected && (!rival || price.per_replica() < rival->per_replica())) rival = std::move(price);
  }
  if (!rival) return std::nullopt;
  if (own.rejected) return rival->plan;
  if (rival->per_replica() < own.per_replica() && !is_tie(own, *rival)) return rival->plan;
  return std::nullopt;
}

std::optional<FlipPoint> first_flip(const Scenario& scenario, FlipKnob kind, bool above, const Plan& best,
                                    const std::vector<Plan>& plans, const FlipSearchGoesOn& goes_on) {
  const Knob knob(scenario, kind, plans);
  const double step = above ? 2.0 : 0.5;
  double inside = 1.0;  // the last factor at which `best` holds
  for (int i = 0; i < doublings(best.world_size()); ++i) {
    const double outside = inside * step;
    const auto there = knob.turned(outside);
    if (!there || (goes_on && !goes_on())) return std::nullopt;
    std::optional<Plan> winner = usurper(*there, best, plans);
    if (!winner) {
      inside = outside;
      continue;
    }
    double holds = inside, loses = outside;
    for (int halving = 0; halving < 7; ++halving) {  // to 1 %
      if (goes_on && !goes_on()) return std::nullopt;
      const double middle = std::sqrt(holds * loses);
      const auto scenario_there = knob.turned(middle);
      const auto rival = scenario_there ? usurper(*scenario_there, best, plans) : std::nullopt;
      if (rival) winner = rival;
      (rival ? loses : holds) = middle;
    }
    FlipPoint flip;
    flip.knob = kind;
    flip.above = above;
    flip.value = knob.present() * loses;
    if (kind == FlipKnob::sequence) flip.value = static_cast<double>(knob.turned(loses)->workload.sequence);
    flip.winner = *winner;
    return flip;
  }
  return std::nullopt;
}

}  // namespace

std::vector<FlipPoint> flip_points(const Scenario& scenario, const Plan& best, const std::vector<Plan>& plans,
                                   const FlipSearchGoesOn& goes_on) {
  std::vector<FlipPoint> flips;
  std::vector<FlipKnob> knobs{FlipKnob::sequence};
  if (best.world_size() > 1) {
    if (scenario.cluster.node_count() > 1) knobs.push_back(FlipKnob::nic_bandwidth);
    knobs.push_back(FlipKnob::link_bandwidth);
  }
  for (const FlipKnob knob : knobs)
    for (const bool above : {false, true})
      if (const auto flip = first_flip(scenario, knob, above, best, plans, goes_on)) flips.push_back(*flip);
  return flips;
}

std::string flip_text(const FlipPoint& flip, const Scenario& scenario) {
  std::string winner = plan_name(flip.winner, scenario);
  switch (flip.knob) {
    case FlipKnob::sequence:
      return winner + " wins " + (flip.above ? "above " : "below ") +
             format_tokens_short(static_cast<std::int64_t>(flip.value)) + " tokens";
    case FlipKnob::nic_bandwidth:
      return winner + " wins when the NICs are " + (flip.above ? "faster" : "slower") + " than " +
             format_bandwidth(BytesPerSecond(flip.value));
    case FlipKnob::link_bandwidth:
      return winner + " wins when the link inside the node is " + (flip.above ? "faster" : "slower") +
             " than " + format_bandwidth(BytesPerSecond(flip.value));
  }
  return winner;
}

}  // namespace costmodel
