// Time, its parts and phases, rates.
#include <cmath>

#include "costmodel/price/figure_maker.h"

namespace costmodel {

namespace {

// "32 x 412 ms layer forward"
std::string phase_term(const Schedule& schedule, const PlanPrice& price, std::size_t i) {
  const int runs = schedule.runs(schedule.phases[i]);
  return (runs > 1 ? std::to_string(runs) + " x " : "") + format_seconds(price.phases[i].time) + " " +
         std::string(schedule.phases[i].name);
}

std::string run_prefix(int runs) { return runs > 1 ? std::to_string(runs) + " runs, each a " : ""; }

}  // namespace

void add_time_figures(std::vector<Figure>& figures, const FigureMaker& make, const Scenario& scenario,
                      const Schedule& schedule, const PlanPrice& price) {
  std::string sum;
  Seconds slowdown;
  std::array<Seconds, compute_part_count> parts;
  for (std::size_t i = 0; i < price.phases.size(); ++i) {
    const int runs = schedule.runs(schedule.phases[i]);
    slowdown += runs * price.phases[i].slowdown;
    for (std::size_t p = 0; p < parts.size(); ++p) parts[p] += runs * price.phases[i].parts[p];
    sum += (sum.empty() ? "" : " + ") + phase_term(schedule, price, i);
  }
  figures.push_back(make.timed("time", price.time, price.low().value, price.high().value, "4.5", sum));
  // Parts have the relative error of what they are made of: kernels, links, the host, or all of them.
  const double kernels = price.compute.value > 0 ? price.error.compute / price.compute : 0.0;
  const Seconds waits = price.exposed() - price.host;
  const double links = waits.value > 0 ? price.error.links() / waits : 0.0;
  const double host = price.host.value > 0 ? price.error.host / price.host : 0.0;
  const auto of_exposed = [&](Seconds exposed, Seconds of_host) {
    if (exposed.value <= 0) return 0.0;
    return std::hypot(links * ((exposed - of_host) / exposed), host * (of_host / exposed));
  };
  const double method = std::hypot(price.error.method / price.time, price.error.run / price.time);
  const auto of_phase = [&](const PhaseTime& phase) {
    if (phase.time.value <= 0) return 0.0;
    return std::hypot(kernels * (phase.compute / phase.time),
                      of_exposed(phase.exposed(), phase.host) * (phase.exposed() / phase.time), method);
  };
  const auto part = [&](std::string name, Seconds value, double sigma, std::string formula,
                        std::string expression) {
    figures.push_back(make.timed(std::move(name), value, value.value * (1.0 - z90 * sigma),
                                 value.value * (1.0 + z90 * sigma), std::move(formula),
                                 std::move(expression)));
  };
  part("compute", price.compute, kernels, "4.5", "sum of the kernels of the busiest GPU, undisturbed");
  const bool whole_model = is_whole_model(scenario.workload.phase);
  constexpr std::array formulas{"3.1", "3.1", "3.9", "3.10"};
  for (std::size_t p = 0; whole_model && p < parts.size(); ++p)
    if (parts[p].value > 0)
      part("compute.items." + std::string(name_of(static_cast<ComputePart>(p))), parts[p], kernels,
           formulas.at(p), "part of the kernels of the busiest GPU");
  part("exposed", price.exposed(), of_exposed(price.exposed(), price.host), "4.5",
       format_seconds(price.time) + " - " + format_seconds(price.compute));
  part("slowdown", slowdown, links, "4.4",
       "part of the exposed time: kernels slowed while communication is in flight");
  if (price.host.value > 0)
    part("host", price.host, host, "3.12", "part of the exposed time: copies to the host and work there");
  for (std::size_t i = 0; i < price.phases.size(); ++i) {
    const PhaseTime& phase = price.phases[i];
    const int runs = schedule.runs(schedule.phases[i]);
    const std::string prefix = "phases." + std::string(schedule.phases[i].name) + ".";
    part(prefix + "time", runs * phase.time, of_phase(phase), "4.1",
         run_prefix(runs) + "walk of " + std::to_string(schedule.phases[i].ops.size()) + " operations, " +
             std::string(name_of(phase.scope)) + " walked: " + std::to_string(phase.walked));
    part(prefix + "compute", runs * phase.compute, kernels, whole_model ? "4.5" : "3.1",
         "kernels of the busiest GPU");
    part(prefix + "exposed", runs * phase.exposed(), of_exposed(phase.exposed(), phase.host), "4.5",
         format_seconds(runs * phase.time) + " - " + format_seconds(runs * phase.compute));
    part(prefix + "slowdown", runs * phase.slowdown, links, "4.4",
         "kernels slowed while communication is in flight");
  }
  const int gpus = price.plan.world_size();
  const double tokens = static_cast<double>(scenario.workload.sequence) *
                        static_cast<double>(scenario.workload.batch) * price.plan.data;
  const std::string tokens_text =
      format_tokens_short(static_cast<std::int64_t>(tokens)) + " tokens / " + format_seconds(price.time);
  const auto rate = [&](Figure figure) {
    figure.low = figure.value * (price.time / price.high());
    figure.high = price.low().value > 0 ? figure.value * (price.time / price.low()) : figure.value;
    figure.interval_formula = "4.6";
    figure.inputs = make.timing_inputs();
    figure.provenance = FigureMaker::weakest(figure.inputs);
    figures.push_back(std::move(figure));
  };
  if (whole_model)
    rate(make.exact("tokens_per_second", tokens / price.time.value, Unit::tokens_per_second, "4.8",
                    tokens_text));
  rate(make.exact("tokens_per_second_per_gpu", tokens / price.time.value / gpus, Unit::tokens_per_second,
                  whole_model ? "4.8" : "4.5",
                  tokens_text + " / " + std::to_string(gpus) + " GPUs" +
                      (whole_model ? "" : ", through one layer's attention")));
  const std::string flops_text = format_number(price.flops.value / 1e12) + " TFLOP / " +
                                 format_seconds(price.time) + " / " + std::to_string(gpus) + " GPUs";
  rate(make.exact("tflops_per_gpu", price.rate_per_gpu().value, Unit::flop_per_second,
                  whole_model ? "4.8" : "1.4", flops_text));
  if (whole_model) {
    // Of mixed devices the mean rate.
    FlopsPerSecond peak;
    for (const NodeGroup& group : scenario.cluster.groups)
      peak += group.node.device.tensor_rate.value *
              (static_cast<double>(group.count * group.node.gpus) / scenario.cluster.gpu_count());
    rate(make.exact("model_flops_utilization", price.rate_per_gpu() / peak, Unit::one, "4.8",
                    flops_text + " / " + format_flops_rate(peak)));
    figures.push_back(make.exact("model_flops", price.flops.value, Unit::flop, "1.6",
                                 "matrix products and attention of all GPUs, nothing repeated"));
  }
}

}  // namespace costmodel
