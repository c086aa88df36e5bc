#include "validation/live_calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "costmodel/base/error.h"
#include "costmodel/base/in_quotes.h"
#include "costmodel/plan/plan_alias.h"
#include "costmodel/price/plan_price.h"
#include "costmodel/price/scenario_calibration.h"
#include "costmodel/schedule/lowering.h"
#include "costmodel/spec/cluster_presets.h"
#include "costmodel/spec/device_presets.h"
#include "validation/comparison.h"
#include "validation/cpu_ranks.h"

namespace validation {

using costmodel::Calibration;
using costmodel::CalibrationSet;
using costmodel::NodeSpec;
using costmodel::Provenance;
using costmodel::Scenario;
using costmodel::Seconds;

namespace {

costmodel::Dtype dtype_of(kernels::Element element) {
  switch (element) {
    case kernels::Element::bf16: return costmodel::Dtype::bf16;
    case kernels::Element::fp16: return costmodel::Dtype::fp16;
    case kernels::Element::fp32: break;
  }
  return costmodel::Dtype::fp32;
}

// Attention beside messages that last longer than it, and alone before and after in the same rounds.
std::vector<Probe> overlap_probes(const std::vector<ProbeTime>& times) {
  const ProbeTime* attention = nullptr;
  const ProbeTime* message = nullptr;
  for (const ProbeTime& time : times) {
    const bool whole =
        time.probe.kind == ProbeKind::attention_forward && time.probe.mask == costmodel::MaskKind::full;
    if (whole && (attention == nullptr ||
                  time.probe.queries * time.probe.keys > attention->probe.queries * attention->probe.keys))
      attention = &time;
    if (time.probe.kind == ProbeKind::exchange && time.probe.flows == Flows::all &&
        time.probe.bytes <= 1 << 20)
      message = &time;
  }
  if (attention == nullptr || message == nullptr || message->time.median <= 0) return {};
  Probe alone = attention->probe, under = attention->probe;
  alone.calls = 1;
  under.kind = ProbeKind::overlap;
  under.bytes = message->probe.bytes;
  constexpr double longer = 2.5, most = 10'000;
  under.calls =
      static_cast<int>(std::clamp(longer * attention->time.median / message->time.median, 2.0, most));
  return {alone, under, alone};
}

// Small equal blocks: what a step costs beside its operations shows.
Scenario ring_scenario(const LiveRequest& request) {
  Scenario scenario;
  scenario.model.name = "ring of small blocks";
  scenario.model.layers = 1;
  scenario.model.heads = 2;
  scenario.model.kv_heads = 1;
  scenario.model.head_dim = 64;
  scenario.model.hidden = 128;
  NodeSpec node = request.node.node;
  node.gpus = request.how.ranks;
  scenario.cluster.name = "here";
  scenario.cluster.groups = {{1, node}};
  scenario.workload.sequence = std::int64_t{64} * request.how.ranks;
  scenario.workload.mask = {costmodel::MaskKind::full, 0};
  scenario.workload.dtype = dtype_of(request.how.element);
  scenario.workload.phase = costmodel::WorkPhase::forward_backward;
  return scenario;
}

RingSteps measure_ring(const LiveRequest& request, const Calibration& fitted, RankHost& host) {
  RingSteps result;
  if (request.how.ranks < 2) return result;
  Scenario scenario = ring_scenario(request);
  const costmodel::Plan plan = costmodel::plan_from_alias("ring", scenario);
  auto set = std::make_shared<CalibrationSet>(request.start);
  Calibration without = fitted;
  without.device = scenario.cluster.groups.front().node.device.name;
  without.step_overhead.value = Seconds(0);
  set->devices = {without};
  scenario.calibrations = set;
  costmodel::ScaleUpSpec& link = scenario.cluster.groups.front().node.scale_up;
  if (fitted.link_bandwidth.value.value > 0) {
    link.one_peer.value = link.per_gpu.value = fitted.link_bandwidth.value * request.node.share;
    link.alpha = fitted.link_latency;
  }
  const costmodel::Schedule schedule = lower(scenario, plan);
  RunOptions options;
  options.backend = request.how.backend;
  options.warm_up = 2;
  options.repetitions = request.how.samples;
  const std::vector<RankRecord> ranks = host.run(schedule, problem_of(scenario, plan), options);
  costmodel::Pricer pricer(scenario);
  const Comparison comparison = compare(pricer, plan, schedule, ranks);
  result.predicted = comparison.total.predicted;
  result.measured = comparison.total.measured;
  for (const costmodel::Phase& phase : schedule.phases)
    for (const costmodel::Op& op : phase.ops)
      result.steps += op.kind == costmodel::OpKind::attention && op.step > 0 ? 1 : 0;
  return result;
}

template <class Quantity>
void set(costmodel::Sourced<Quantity>& constant, Quantity value, const ProbedNode& node) {
  constant = {value, Provenance::measured, node.source};
}

}  // namespace

double LiveCalibration::mean_error(const Calibration& calibration) const {
  double sum = 0;
  int count = 0;
  for (const ProbeTime& time : times) {
    const auto predicted = predicted_time(time.probe, node, calibration);
    if (!predicted || time.time.median <= 0) continue;
    sum += std::abs(predicted->value / time.time.median - 1.0);
    ++count;
  }
  return count > 0 ? sum / count : 0;
}

std::string LiveCalibration::complaint() const {
  // Ratios within a round say more of what is under messages than the spread over the rounds.
  std::vector<ProbeTime> others;
  for (const ProbeTime& time : times)
    if (time.probe.kind != ProbeKind::overlap) others.push_back(time);
  const std::string noise = noise_complaint(others);
  return noise.empty() && overlap ? overlap->complaint() : noise;
}

LiveCalibration calibrate_live(const LiveRequest& request, RankHost& host) {
  LiveCalibration result;
  result.node = request.node;
  const std::string device = request.node.node.device.name;
  result.node.source = fmt::format("{} samples of {} ranks, {}", request.how.samples, request.how.ranks,
                                   request.measured.date);
  result.before = request.start.of(device);
  result.times = measure_probes(request.probes, request.how, host);
  Calibration& after = result.after;
  after = fit_probes(result.before, result.node, result.times);
  if (const std::vector<Probe> probes = overlap_probes(result.times); !probes.empty()) {
    ProbeOptions how = request.how;
    how.progress = nullptr;
    how.clock = KernelClock::wall;  // all alike
    const std::vector<ProbeTime> three = measure_probes(probes, how, host);
    result.overlap = overlap_of(three[0], three[1], three[2]);
    // What is no measurement leaves the one that was, also for those who take noise.
    if (result.overlap->complaint().empty())
      set(after.compute_slowdown, result.overlap->slowdown(), result.node);
    result.times.push_back(three[1]);
  }
  result.ring = measure_ring(request, after, host);
  if (result.ring.steps > 0)
    set(after.step_overhead,
        Seconds(std::max(0.0, result.ring.measured.median - result.ring.predicted.value) / result.ring.steps),
        result.node);
  after.device = device;
  costmodel::MeasuredOn measured = request.measured;
  measured.ranks = request.how.ranks;
  measured.samples = request.how.samples;
  for (const ProbeTime& time : result.times) measured.spread = std::max(measured.spread, time.time.deviation);
  after.name = fmt::format("{} measured on {}", device, measured.machine);
  after.method = "ringside calibrate, " + measured.backend;
  after.measured = measured;
  return result;
}

ProbedNode cpu_node(int ranks, int cores) {
  const costmodel::ClusterSpec* preset = costmodel::find_cluster_preset("cpu-threads");
  Scenario scenario;
  scenario.cluster = *preset;
  scenario.cluster.groups.front().node.gpus = ranks;
  const CpuPlace place{cores, ranks};
  ProbedNode probed;
  probed.node = on_cpu_ranks(scenario, place).cluster.groups.front().node;
  probed.share = share_of_core(place);
  probed.element = 4;
  return probed;
}

ProbedNode gpu_node(const std::string& device_preset, int gpus) {
  const costmodel::DeviceSpec* device = costmodel::find_device_preset(device_preset);
  if (device == nullptr) {
    std::string names;
    for (const std::string& name : costmodel::device_preset_names())
      names += (names.empty() ? "" : ", ") + name;
    throw costmodel::Error("there is no device preset " + costmodel::in_quotes(device_preset) +
                           "; expected one of " + names);
  }
  ProbedNode probed;
  // What is said of the link is replaced by what is measured.
  for (const costmodel::ClusterSpec& cluster : costmodel::cluster_presets())
    if (cluster.groups.front().node.device.name == device_preset) probed.node = cluster.groups.front().node;
  probed.node.device = *device;
  probed.node.gpus = gpus;
  probed.element = 2;
  return probed;
}

}  // namespace validation
