// Memory of one GPU: the peak and what it is made of, what an allocator would show, the longest sequence.
#include "costmodel/price/figure_maker.h"
#include "costmodel/schedule/lower_step.h"

namespace costmodel {

namespace {

std::string formula_of(Payload payload, std::string_view name) {
  if (name.ends_with(" kept")) return "5.5";
  switch (payload) {
    case Payload::weights:
    case Payload::weight_gradients:
    case Payload::optimizer_states: return "5.4";
    case Payload::logits: return "5.8";
    default: return "5.2";
  }
}

// Bytes that a program may keep longer, pad or copy make a count uncertain.   Formula 5.9.
Figure counted(Figure figure, const Schedule& schedule, Bytes bytes) {
  const double half = z90 * moving_memory_error * moving_bytes(schedule, bytes).value;
  figure.low -= half;
  figure.high += half;
  figure.interval_formula = "5.9";
  return figure;
}

}  // namespace

void add_memory_figures(std::vector<Figure>& figures, const FigureMaker& make, const Scenario& scenario,
                        const Schedule& schedule, const PlanPrice& price) {
  const Bytes reserve = scenario.search.memory_reserve;
  const MemoryPeak peak = memory_peak(schedule, reserve);
  figures.push_back(
      counted(make.exact("memory.peak", peak.total().value, Unit::bytes, "5.1",
                         "buffers alive during operation " + std::to_string(peak.op.value) + " (" +
                             peak.op_name + ") of the " + std::string(peak.phase) + ", and the reserve"),
              schedule, peak.buffers));
  if (is_whole_model(scenario.workload.phase)) {
    figures.push_back(
        counted(make.exact("memory.allocated", peak.buffers.value, Unit::bytes, "5.1",
                           "the peak without the reserve: what a framework counts as allocated"),
                schedule, peak.buffers));
    const Bytes limit = device_memory(scenario.cluster) - reserve;
    const Bytes cached = cached_bytes(schedule, limit);
    figures.push_back(counted(make.exact("memory.cached", cached.value, Unit::bytes, "5.6",
                                         "most that a caching allocator takes, at most the " +
                                             format_bytes(limit) + " that the reserve leaves"),
                              schedule, cached));
  }
  if (price.plan.offload == Offload::optimizer && scenario.workload.phase == WorkPhase::training_step)
    figures.push_back(make.exact("memory.host", host_bytes(scenario, price.plan).value, Unit::bytes, "5.4",
                                 "optimizer states that one GPU's process holds in host memory"));
  for (const MemoryItem& item : peak.items)
    figures.push_back(make.exact("memory.items." + item.name, item.bytes.value, Unit::bytes,
                                 formula_of(item.payload, item.name),
                                 std::string(name_of(item.payload)) + " held by one GPU"));
  figures.push_back(make.exact("memory.items.reserve", peak.reserve.value, Unit::bytes, "5.1",
                               "kept free for the allocator, NCCL and the device context"));
  figures.back().provenance = Provenance::assumed;
  const std::int64_t longest = longest_sequence(scenario, price.plan);
  figures.push_back(
      make.exact("max_sequence", static_cast<double>(longest), Unit::tokens, "5.3",
                 "largest N whose peak fits in " + format_bytes(device_memory(scenario.cluster))));
}

}  // namespace costmodel
