#include "costmodel/price/plan_price.h"

#include <cmath>

#include "costmodel/base/unit_text.h"
#include "costmodel/price/traffic.h"
#include "costmodel/schedule/lowering.h"

namespace costmodel {

namespace {

double root_of_squares(double a, double b, double c, double d) {
  return std::sqrt(a * a + b * b + c * c + d * d);
}

// How much of the exposed time is the network's: by the time that the bytes of each link class take alone.
double scale_out_share(const Traffic& traffic, const NodeSpec& node) {
  if (traffic.scale_out.value <= 0) return 0;
  const double cards_per_gpu = std::min(1.0, static_cast<double>(node.scale_out.nics) / node.gpus);
  const Seconds out = traffic.scale_out / (node.scale_out.nic_bandwidth.value * cards_per_gpu);
  return out / (out + traffic.scale_up / node.scale_up.one_peer.value);
}

}  // namespace

Seconds ErrorParts::total() const {
  return Seconds(root_of_squares(compute.value, scale_up.value, scale_out.value, method.value));
}

Seconds ErrorParts::links() const { return Seconds(std::hypot(scale_up.value, scale_out.value)); }

Seconds PlanPrice::low() const { return std::max(Seconds(0), time - z90 * error.total()); }
Seconds PlanPrice::high() const { return time + z90 * error.total(); }

bool is_tie(const PlanPrice& a, const PlanPrice& b) {
  const double method = std::hypot(a.error.method.value, b.error.method.value);
  const double sigma = root_of_squares(a.error.compute.value - b.error.compute.value,
                                       a.error.scale_up.value - b.error.scale_up.value,
                                       a.error.scale_out.value - b.error.scale_out.value, method);
  return std::abs((a.time - b.time).value) <= z90 * sigma;
}

Pricer::Pricer(const Scenario& scenario)
    : scenario_(&scenario),
      map_(scenario.cluster, scenario.placement),
      device_memory_(device_memory(scenario.cluster)) {
  for (const NodeGroup& group : scenario.cluster.groups)
    calibrations_.push_back(&built_in_calibration(group.node.device.name));
}

PlanPrice Pricer::price(const Plan& plan, const WalkOptions& options) {
  PlanPrice result;
  result.plan = plan;
  result.rejected = reject(*scenario_, plan);
  if (result.rejected) return result;
  const Schedule schedule = lower(*scenario_, plan);
  const double element = static_cast<double>(bytes_per_element(scenario_->workload.dtype));
  double link_residual = 0, method_residual = 0;
  for (const Calibration* c : calibrations_) {
    link_residual = std::max(link_residual, c->link_residual);
    method_residual = std::max(method_residual, c->method_residual);
  }
  result.phases.reserve(schedule.phases.size());
  for (const Phase& phase : schedule.phases) {
    const PhaseTime time = walk(schedule, phase, element, map_, calibrations_, scratch_, options);
    result.phases.push_back(time);
    const double repeat = phase.repeat;
    result.time += repeat * time.time;
    result.compute += repeat * time.compute;
    result.flops += repeat * time.flops;
    double residual = 0;
    for (const Calibration* c : calibrations_)
      residual = std::max(residual,
                          phase.direction == Direction::forward ? c->forward.residual : c->backward.residual);
    result.error.compute += (repeat * residual) * time.compute;
  }
  result.error.method = method_residual * result.time;
  result.traffic = count_traffic(schedule, map_);
  const double network = scale_out_share(result.traffic, scenario_->cluster.groups.front().node);
  result.error.scale_up = (link_residual * (1.0 - network)) * result.exposed();
  result.error.scale_out = (link_residual * network) * result.exposed();
  result.memory = peak_bytes(schedule, scenario_->search.memory_reserve);
  if (result.memory > device_memory_)
    result.rejected = Rejection{RejectReason::memory, "needs " + format_bytes(result.memory) +
                                                          ", the GPU has " + format_bytes(device_memory_)};
  return result;
}

std::vector<OpTime> Pricer::timeline(const Plan& plan, std::size_t phase, std::vector<Rank>& ranks) {
  const Schedule schedule = lower(*scenario_, plan);
  std::vector<OpTime> times;
  WalkOptions options;
  options.timeline = &times;
  options.ranks = &ranks;
  walk(schedule, schedule.phases.at(phase), static_cast<double>(bytes_per_element(scenario_->workload.dtype)),
       map_, calibrations_, scratch_, options);
  return times;
}

}  // namespace costmodel
