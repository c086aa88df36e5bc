// Makes the figures of one plan: what they have in common.  For the *_figures.cpp files only.
#pragma once

#include <algorithm>

#include "costmodel/base/unit_text.h"
#include "costmodel/price/figure.h"
#include "costmodel/price/plan_price.h"

namespace costmodel {

// What the figures of one plan have in common.
class FigureMaker {
 public:
  FigureMaker(Pricer& pricer, const PlanPrice& price)
      : scenario_(pricer.scenario()),
        calibration_(pricer.calibration()),
        price_(price),
        node_(scenario_.cluster.groups.front().node) {}

  Figure exact(std::string name, double value, Unit unit, std::string formula, std::string expression) const {
    Figure f;
    f.name = std::move(name);
    f.value = f.low = f.high = value;
    f.unit = unit;
    f.formula = std::move(formula);
    f.expression = std::move(expression);
    return f;
  }

  // A time with the plan's relative interval.
  Figure timed(std::string name, Seconds value, double low, double high, std::string formula,
               std::string expression) const {
    // A difference of equal times may be a rounding error, on either side of zero.
    const bool nothing = value.value < 1e-12 * price_.time.value;
    Figure f = exact(std::move(name), nothing ? 0.0 : value.value, Unit::seconds, std::move(formula),
                     std::move(expression));
    f.low = nothing ? 0.0 : std::max(0.0, low);
    f.high = nothing ? 0.0 : std::max(f.low, high);
    f.interval_formula = "4.6";
    f.inputs = timing_inputs();
    f.provenance = weakest(f.inputs);
    return f;
  }

  std::vector<FigureInput> timing_inputs() const {
    std::vector<FigureInput> inputs = kernel_inputs();
    if (price_.plan.offload == Offload::optimizer && scenario_.workload.phase == WorkPhase::training_step) {
      add(inputs, "b_host", "link of one GPU to its host", node_.host_link, format_bandwidth);
      add(inputs, "u_host", "host memory rate of an optimizer step, per GPU", calibration_.host_update,
          format_bandwidth);
    }
    if (price_.plan.world_size() == 1) return inputs;
    const bool spans_nodes = price_.traffic.scale_out.value > 0;
    if (price_.traffic.scale_up.value > 0) {
      add(inputs, "b_up", "bandwidth of one GPU to one peer in its node", node_.scale_up.one_peer,
          format_bandwidth);
      add(inputs, "alpha_up", "time of an empty message inside a node", node_.scale_up.alpha, format_seconds);
    }
    if (spans_nodes) {
      add(inputs, "b_out",
          "bandwidth of one network card, " + std::to_string(node_.scale_out.nics) + " per node",
          node_.scale_out.nic_bandwidth, format_bandwidth);
      add(inputs, "alpha_out", "time of an empty message between nodes", node_.scale_out.alpha,
          format_seconds);
    }
    add(inputs, "sigma", "slowdown of computing under communication", calibration_.compute_slowdown,
        format_number);
    return inputs;
  }

  std::vector<FigureInput> kernel_inputs() const {
    std::vector<FigureInput> inputs;
    add(inputs, "P", "dense matrix rate of " + node_.device.name, node_.device.tensor_rate,
        format_flops_rate);
    add(inputs, "S", "multiprocessors", node_.device.multiprocessors,
        [](int n) { return std::to_string(n); });
    add(inputs, "f_fwd", "share of P inside a wave, forward", calibration_.forward.peak_fraction,
        format_number);
    if (has_backward(scenario_.workload.phase))
      add(inputs, "f_bwd", "share of P inside a wave, backward", calibration_.backward.peak_fraction,
          format_number);
    if (is_whole_model(scenario_.workload.phase))
      add(inputs, "f_gemm", "share of P inside a wave of matrix products", calibration_.gemm.peak_fraction,
          format_number);
    add(inputs, "t_0", "start of one kernel", calibration_.forward.start, format_seconds);
    add(inputs, "W", "device memory bandwidth", node_.device.memory_bandwidth, format_bandwidth);
    if (is_whole_model(scenario_.workload.phase)) {
      add(inputs, "m", "share of W that streaming kernels reach", calibration_.memory_efficiency,
          format_number);
      add(inputs, "launch", "one kernel launch that is not hidden", calibration_.launch, format_seconds);
      add(inputs, "t_0'", "start of one matrix product", calibration_.gemm.start, format_seconds);
    }
    if (price_.plan.transport_is_ring()) {
      add(inputs, "passes", "passes over the fp32 output per merge", calibration_.merge_passes,
          format_number);
      add(inputs, "t_step", "overhead of one ring step", calibration_.step_overhead, format_seconds);
    }
    return inputs;
  }

  static Provenance weakest(const std::vector<FigureInput>& inputs) {
    Provenance p = Provenance::derived;
    for (const FigureInput& input : inputs) p = weaker(p, input.provenance);
    return p;
  }

 private:
  template <class T, class Format>
  static void add(std::vector<FigureInput>& inputs, std::string symbol, std::string meaning,
                  const Sourced<T>& number, Format format) {
    inputs.push_back({std::move(symbol), std::move(meaning), std::string(format(number.value)),
                      number.provenance, number.source});
  }

  const Scenario& scenario_;
  const Calibration& calibration_;
  const PlanPrice& price_;
  const NodeSpec& node_;
};

void add_time_figures(std::vector<Figure>& figures, const FigureMaker& make, const Scenario& scenario,
                      const Schedule& schedule, const PlanPrice& price);
void add_traffic_figures(std::vector<Figure>& figures, const FigureMaker& make, const Schedule& schedule,
                         const PlanPrice& price);
void add_memory_figures(std::vector<Figure>& figures, const FigureMaker& make, const Scenario& scenario,
                        const Schedule& schedule, const PlanPrice& price);

}  // namespace costmodel
