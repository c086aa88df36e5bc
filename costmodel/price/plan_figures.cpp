#include "costmodel/price/plan_figures.h"

#include <algorithm>

#include "costmodel/base/unit_text.h"
#include "costmodel/schedule/lowering.h"

namespace costmodel {

namespace {

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
    // A difference of equal times may be a rounding error below zero.
    Figure f = exact(std::move(name), std::max(0.0, value.value), Unit::seconds, std::move(formula),
                     std::move(expression));
    f.low = std::max(0.0, low);
    f.high = std::max(f.low, high);
    f.inputs = timing_inputs();
    f.provenance = weakest(f.inputs);
    return f;
  }

  std::vector<FigureInput> timing_inputs() const {
    std::vector<FigureInput> inputs = kernel_inputs();
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
    if (scenario_.workload.phase != WorkPhase::forward)
      add(inputs, "f_bwd", "share of P inside a wave, backward", calibration_.backward.peak_fraction,
          format_number);
    add(inputs, "t_0", "start of one kernel", calibration_.forward.start, format_seconds);
    add(inputs, "W", "device memory bandwidth", node_.device.memory_bandwidth, format_bandwidth);
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

std::string times(double count, std::string_view what) {
  return format_number(count) + " x " + std::string(what);
}

// How many messages of each kind one rank sends, with their sizes: "7 x 64 MiB K,V".
std::string traffic_expression(const Schedule& schedule, bool tensor) {
  std::string text;
  const auto append = [&](const std::string& part) { text += (text.empty() ? "" : " + ") + part; };
  for (const Phase& phase : schedule.phases) {
    for (std::size_t t = 0; t < phase.transfers.size() && !tensor; ++t) {
      const auto moves = std::count_if(phase.ops.begin(), phase.ops.end(), [&](const Op& op) {
        return op.kind == OpKind::exchange && static_cast<std::size_t>(op.work) == t;
      });
      if (moves == 0) continue;
      const Transfer& transfer = phase.transfers[t];
      append(times(static_cast<double>(moves),
                   format_bytes(transfer.bytes) + " " + std::string(name_of(transfer.payload))));
    }
    for (const Collective& c : phase.collectives)
      if ((c.group == GroupKind::tensor) == tensor)
        append(format_bytes(c.bytes) + " " + std::string(name_of(c.payload)) + " (" +
               std::string(name_of(c.kind)) + ")");
  }
  return text.empty() ? "0" : text;
}

std::string traffic_formula(const Plan& plan, bool tensor) {
  if (tensor) return "2.7";
  switch (plan.transport) {
    case Transport::ring:
      return plan.double_ring() ? "2.3" : plan.backward == BackwardSide::q ? "2.2" : "2.1";
    case Transport::all_gather: return "2.5";
    case Transport::all_to_all:
    case Transport::hybrid: return "2.6";
    case Transport::none:
    case Transport::tensor: return "2.7";
  }
  return "2.1";
}

void add_times(std::vector<Figure>& figures, const FigureMaker& make, const Scenario& scenario,
               const Schedule& schedule, const PlanPrice& price) {
  std::string sum;
  Seconds slowdown;
  for (std::size_t i = 0; i < price.phases.size(); ++i) {
    slowdown += price.phases[i].slowdown * schedule.phases[i].repeat;
    sum += (sum.empty() ? "" : " + ") + format_seconds(price.phases[i].time) + " " +
           std::string(schedule.phases[i].name);
  }
  figures.push_back(make.timed("time", price.time, price.low().value, price.high().value, "4.5", sum));
  // Parts have the relative error of what they are made of: kernels, links, or both.
  const double whole = price.error.total() / price.time;
  const double kernels = price.compute.value > 0 ? price.error.compute / price.compute : 0.0;
  const double links = price.exposed().value > 0 ? price.error.links() / price.exposed() : 0.0;
  const auto part = [&](std::string name, Seconds value, double sigma, std::string formula,
                        std::string expression) {
    figures.push_back(make.timed(std::move(name), value, value.value * (1.0 - z90 * sigma),
                                 value.value * (1.0 + z90 * sigma), std::move(formula),
                                 std::move(expression)));
  };
  part("compute", price.compute, kernels, "4.5", "sum of the kernels of the busiest GPU, undisturbed");
  part("exposed", price.exposed(), links, "4.5",
       format_seconds(price.time) + " - " + format_seconds(price.compute));
  part("slowdown", slowdown, links, "4.4",
       "part of the exposed time: kernels slowed while communication is in flight");
  for (std::size_t i = 0; i < price.phases.size(); ++i) {
    const PhaseTime& phase = price.phases[i];
    const std::string prefix = "phases." + std::string(schedule.phases[i].name) + ".";
    part(prefix + "time", phase.time, whole, "4.1",
         "walk of " + std::to_string(schedule.phases[i].ops.size()) + " operations, " +
             std::string(name_of(phase.scope)) + " walked: " + std::to_string(phase.walked));
    part(prefix + "compute", phase.compute, kernels, "3.1", "kernels of the busiest GPU");
    part(prefix + "exposed", phase.exposed(), links, "4.5",
         format_seconds(phase.time) + " - " + format_seconds(phase.compute));
    part(prefix + "slowdown", phase.slowdown, links, "4.4",
         "kernels slowed while communication is in flight");
  }
  const double tokens = static_cast<double>(scenario.workload.sequence) *
                        static_cast<double>(scenario.workload.batch) * price.plan.data;
  Figure throughput = make.exact(
      "tokens_per_second_per_gpu", tokens / price.time.value / price.plan.world_size(),
      Unit::tokens_per_second, "4.5",
      format_tokens_short(static_cast<std::int64_t>(tokens)) + " tokens / " + format_seconds(price.time) +
          " / " + std::to_string(price.plan.world_size()) + " GPUs, through one layer's attention");
  Figure rate =
      make.exact("tflops_per_gpu", price.rate_per_gpu().value, Unit::flop_per_second, "1.4",
                 format_number(price.flops.value / 1e12) + " TFLOP / " + format_seconds(price.time) + " / " +
                     std::to_string(price.plan.world_size()) + " GPUs");
  for (Figure* f : {&throughput, &rate}) {
    f->low = f->value * (price.time / price.high());
    f->high = price.low().value > 0 ? f->value * (price.time / price.low()) : f->value;
    f->inputs = make.timing_inputs();
    f->provenance = FigureMaker::weakest(f->inputs);
  }
  figures.push_back(std::move(throughput));
  figures.push_back(std::move(rate));
}

void add_traffic(std::vector<Figure>& figures, const FigureMaker& make, const Schedule& schedule,
                 const PlanPrice& price) {
  const std::string ring = traffic_expression(schedule, false), tensor = traffic_expression(schedule, true);
  const std::string all = tensor == "0" ? ring : ring == "0" ? tensor : ring + " + " + tensor;
  const bool only_tensor = ring == "0";
  const auto add = [&](const char* name, Bytes bytes, const std::string& formula,
                       const std::string& expression) {
    figures.push_back(make.exact(name, bytes.value, Unit::bytes, formula, expression));
  };
  const std::string formula = traffic_formula(price.plan, only_tensor);
  add("traffic.per_gpu", price.traffic.per_gpu, formula, all);
  add("traffic.intra", price.traffic.scale_up, formula,
      "what the busiest GPU sends inside its node, of " + all);
  add("traffic.inter", price.traffic.scale_out, formula,
      "what the busiest GPU sends through its card, of " + all);
  add("traffic.items.attention", price.traffic.attention, traffic_formula(price.plan, false), ring);
  add("traffic.items.tensor", price.traffic.tensor, "2.7", tensor);
  add("traffic.items.parameters", Bytes(0), "2.7", "0: the attention operator moves no parameters");
  add("traffic.items.gradients", Bytes(0), "2.7", "0: the attention operator moves no parameter gradients");
}

void add_memory(std::vector<Figure>& figures, const FigureMaker& make, const Scenario& scenario,
                const Schedule& schedule, const PlanPrice& price) {
  const MemoryPeak peak = memory_peak(schedule, scenario.search.memory_reserve);
  figures.push_back(make.exact("memory.peak", peak.total().value, Unit::bytes, "5.1",
                               "buffers alive during operation " + std::to_string(peak.op.value) +
                                   " of the " + std::string(peak.phase) + ", and the reserve"));
  for (const MemoryItem& item : peak.items)
    figures.push_back(make.exact("memory.items." + std::string(item.name), item.bytes.value, Unit::bytes,
                                 "5.2", std::string(name_of(item.payload)) + " held by one GPU"));
  figures.push_back(make.exact("memory.items.reserve", peak.reserve.value, Unit::bytes, "5.1",
                               "kept free for the allocator, NCCL and the device context"));
  figures.back().provenance = Provenance::assumed;
  const std::int64_t longest = longest_sequence(scenario, price.plan);
  figures.push_back(
      make.exact("max_sequence", static_cast<double>(longest), Unit::tokens, "5.3",
                 "largest N whose peak fits in " + format_bytes(device_memory(scenario.cluster))));
}

}  // namespace

std::vector<Figure> plan_figures(Pricer& pricer, const PlanPrice& price) {
  std::vector<Figure> figures;
  if (price.phases.empty()) return figures;
  const Scenario& scenario = pricer.scenario();
  const FigureMaker make(pricer, price);
  const Schedule schedule = lower(scenario, price.plan);
  add_times(figures, make, scenario, schedule, price);
  add_traffic(figures, make, schedule, price);
  add_memory(figures, make, scenario, schedule, price);
  return figures;
}

const Figure* find_figure(const std::vector<Figure>& figures, std::string_view name) {
  for (const Figure& figure : figures)
    if (figure.name == name) return &figure;
  return nullptr;
}

}  // namespace costmodel
