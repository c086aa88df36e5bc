#include "costmodel/price/plan_price.h"

#include <cmath>
#include <initializer_list>

#include "costmodel/base/unit_text.h"
#include "costmodel/price/scenario_calibration.h"
#include "costmodel/price/traffic.h"
#include "costmodel/schedule/lowering.h"

namespace costmodel {

namespace {

double root_of_squares(std::initializer_list<double> parts) {
  double sum = 0;
  for (const double part : parts) sum += part * part;
  return std::sqrt(sum);
}

// How much of the exposed time is the network's: by the time that the bytes of each link class take alone.
double scale_out_share(const Traffic& traffic, const NodeSpec& node) {
  if (traffic.scale_out.value <= 0) return 0;
  const double cards_per_gpu = std::min(1.0, static_cast<double>(node.scale_out.nics) / node.gpus);
  const Seconds out = traffic.scale_out / (node.scale_out.nic_bandwidth.value * cards_per_gpu);
  return out / (out + traffic.scale_up / node.scale_up.one_peer.value);
}

std::vector<const Calibration*> of_groups(const Scenario& scenario, const CalibrationSet& calibrations) {
  std::vector<const Calibration*> list;
  for (const NodeGroup& group : scenario.cluster.groups)
    list.push_back(&calibrations.of(group.node.device.name));
  return list;
}

}  // namespace

Seconds ErrorParts::total() const {
  return Seconds(
      root_of_squares({compute.value, scale_up.value, scale_out.value, host.value, method.value, run.value}));
}

Seconds ErrorParts::links() const { return Seconds(std::hypot(scale_up.value, scale_out.value)); }

Seconds PlanPrice::low() const { return std::max(Seconds(0), time - z90 * error.total()); }
Seconds PlanPrice::high() const { return time + z90 * error.total(); }

bool is_tie(const PlanPrice& a, const PlanPrice& b) {
  const ErrorParts one = a.error / a.plan.data, other = b.error / b.plan.data;
  const double method = std::hypot(one.method.value, other.method.value);
  const double sigma =
      root_of_squares({(one.compute - other.compute).value, (one.scale_up - other.scale_up).value,
                       (one.scale_out - other.scale_out).value, (one.host - other.host).value,
                       (one.run - other.run).value, method});
  return std::abs((a.per_replica() - b.per_replica()).value) <= z90 * sigma;
}

Pricer::Pricer(const Scenario& scenario) : Pricer(scenario, calibrations_for(scenario)) {}

Pricer::Pricer(const Scenario& scenario, const CalibrationSet& calibrations)
    : Pricer(scenario, of_groups(scenario, calibrations)) {}

Pricer::Pricer(const Scenario& scenario, std::vector<const Calibration*> calibrations)
    : scenario_(&scenario),
      map_(scenario.cluster, scenario.placement),
      calibrations_(std::move(calibrations)),
      device_memory_(device_memory(scenario.cluster)),
      scratch_(map_) {}

void Pricer::add_phase(PlanPrice& result, const PhaseTime& time, int runs) const {
  result.phases.push_back(time);
  result.time += runs * time.time;
  result.compute += runs * time.compute;
  result.host += runs * time.host;
  result.flops += runs * time.flops;
  // The largest residual of the node groups that take part.
  std::array<double, compute_part_count> residuals{};
  for (const Calibration* c : calibrations_) {
    const std::array<double, compute_part_count> own{c->forward.residual, c->backward.residual,
                                                     c->gemm.residual, c->memory_residual};
    for (std::size_t part = 0; part < own.size(); ++part)
      residuals[part] = std::max(residuals[part], own[part]);
  }
  for (std::size_t part = 0; part < residuals.size(); ++part)
    result.error.compute += (runs * residuals[part]) * time.parts[part];
}

void Pricer::add_errors(PlanPrice& result) const {
  double link_residual = 0, method_residual = 0, run_residual = 0;
  for (const Calibration* c : calibrations_) {
    link_residual = std::max(link_residual, c->link_residual);
    method_residual = std::max(method_residual, c->method_residual);
    run_residual = std::max(run_residual, c->run_residual);
  }
  result.error.method = method_residual * result.time;
  if (result.plan.world_size() > 1 || is_whole_model(scenario_->workload.phase))
    result.error.run = run_residual * result.time;
  const double network = scale_out_share(result.traffic, scenario_->cluster.groups.front().node);
  // What the host takes is not the links' between GPUs.
  const Seconds waits = result.exposed() - result.host;
  result.error.scale_up = (link_residual * (1.0 - network)) * waits;
  result.error.scale_out = (link_residual * network) * waits;
  result.error.host = calibrations_.front()->host_residual * result.host;
}

void Pricer::price_attention(PlanPrice& result, const WalkOptions& options) {
  const Schedule schedule = lower(*scenario_, result.plan);
  const double element = static_cast<double>(bytes_per_element(scenario_->workload.dtype));
  for (const Phase& phase : schedule.phases)
    add_phase(result, walk(schedule, phase, element, map_, calibrations_, scratch_, options),
              schedule.runs(phase));
  result.traffic = count_traffic(schedule, map_, scratch_.shifts);
  result.memory = peak_bytes(schedule, scenario_->search.memory_reserve);
}

void Pricer::price_step(PlanPrice& result, const WalkOptions& options) {
  const std::vector<PhaseRecipe> recipes = step_recipes(*scenario_, result.plan);
  std::vector<HeldMemory> held;
  held.reserve(recipes.size());
  for (const PhaseRecipe& recipe : recipes) {
    const PhasePrice& price = phase_prices_.of(*scenario_, recipe, map_, calibrations_, scratch_, options);
    const int runs =
        runs_of(recipe.cadence, recipe.repeat, static_cast<int>(scenario_->workload.micro_batches()));
    add_phase(result, price.time, runs);
    result.traffic.add(price.traffic, runs);
    held.push_back({recipe.repeat, recipe.kept_until, price.memory});
  }
  result.memory = step_memory(result.plan, held);
}

PlanPrice Pricer::price(const Plan& plan, const WalkOptions& options) {
  PlanPrice result;
  result.plan = plan;
  result.rejected = reject(*scenario_, plan);
  if (result.rejected) return result;
  if (is_whole_model(scenario_->workload.phase))
    price_step(result, options);
  else
    price_attention(result, options);
  add_errors(result);
  reject_for_memory(result);
  return result;
}

void Pricer::reject_for_memory(PlanPrice& result) const {
  if (result.memory > device_memory_)
    result.rejected = Rejection{RejectReason::memory, "needs " + format_bytes(result.memory) +
                                                          ", the GPU has " + format_bytes(device_memory_)};
}

PlanPrice Pricer::check(const Plan& plan) {
  PlanPrice result;
  result.plan = plan;
  result.rejected = reject(*scenario_, plan);
  if (result.rejected) return result;
  if (is_whole_model(scenario_->workload.phase)) {
    std::vector<HeldMemory> held;
    for (const PhaseRecipe& recipe : step_recipes(*scenario_, plan))
      held.push_back({recipe.repeat, recipe.kept_until, phase_prices_.memory_of(*scenario_, recipe)});
    result.memory = step_memory(plan, held);
  } else {
    result.memory = peak_bytes(lower(*scenario_, plan), scenario_->search.memory_reserve);
  }
  reject_for_memory(result);
  return result;
}

Bytes Pricer::step_memory(const Plan& plan, const std::vector<HeldMemory>& held) const {
  Bytes resident;
  for (const Buffer& buffer : resident_buffers(*scenario_, plan)) resident += buffer.bytes;
  return peak_of(resident, held) + scenario_->search.memory_reserve;
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
