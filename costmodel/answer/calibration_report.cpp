#include "costmodel/answer/calibration_report.h"

#include <algorithm>

#include "costmodel/base/unit_text.h"

namespace costmodel {

namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) text += (i == 0 ? "" : ", ") + words[i];
  return text;
}

// The numbers of the cluster that prices of the attention operator use.
std::vector<std::string> assumed_hardware(const ClusterSpec& cluster) {
  std::vector<std::string> names;
  const auto check = [&](const char* name, const auto& number) {
    if (number.provenance == Provenance::assumed &&
        std::find(names.begin(), names.end(), name) == names.end())
      names.emplace_back(name);
  };
  for (const NodeGroup& group : cluster.groups) {
    const NodeSpec& node = group.node;
    check("multiprocessors", node.device.multiprocessors);
    check("matrix rate", node.device.tensor_rate);
    check("memory size", node.device.memory);
    check("memory bandwidth", node.device.memory_bandwidth);
    if (node.gpus > 1) {
      check("link bandwidth", node.scale_up.per_gpu);
      if (node.scale_up.kind == ScaleUpKind::mesh) check("bandwidth to one peer", node.scale_up.one_peer);
      check("link latency", node.scale_up.alpha);
      if (node.scale_up.socket_bridge) check("socket bridge", *node.scale_up.socket_bridge);
    }
    if (cluster.node_count() > 1 && node.scale_out.nics > 0) {
      check("NIC bandwidth", node.scale_out.nic_bandwidth);
      check("NIC latency", node.scale_out.alpha);
    }
  }
  if (cluster.node_count() > 1) check("oversubscription", cluster.fabric.oversubscription);
  return names;
}

// Where a chosen file has it, or that it has none.
std::string file_of(const Scenario& scenario, const Calibration& calibration) {
  if (!scenario.calibrations) return "";
  return scenario.calibrations->has(calibration) ? " (" + scenario.calibrations->name + ")"
                                                 : ", for " + scenario.calibrations->name + " has none";
}

std::string attention_rates(const Calibration& c) {
  const std::string forward(name_of(c.forward.peak_fraction.provenance));
  const std::string backward(name_of(c.backward.peak_fraction.provenance));
  const std::string rates = forward == backward
                                ? "attention rates " + forward
                                : "attention rate " + forward + " forward, " + backward + " backward";
  const double residual = std::max(c.forward.residual, c.backward.residual);
  return rates + " (residual " + format_number(100 * residual) + " %)";
}

}  // namespace

std::vector<const Calibration*> calibrations_of(const Pricer& pricer) {
  std::vector<const Calibration*> found;
  for (std::size_t g = 0; g < pricer.scenario().cluster.groups.size(); ++g)
    if (std::find(found.begin(), found.end(), &pricer.calibration(g)) == found.end())
      found.push_back(&pricer.calibration(g));
  return found;
}

std::vector<CalibrationConstant> constants_of(const Calibration& c) {
  std::vector<CalibrationConstant> constants;
  const auto add = [&](const char* name, double value, const char* unit, const auto& number) {
    constants.push_back({name, value, unit, number.provenance, number.source});
  };
  add("forward.peak_fraction", c.forward.peak_fraction.value, "1", c.forward.peak_fraction);
  add("forward.start", c.forward.start.value.value, "s", c.forward.start);
  add("forward.tail", c.forward.tail.value, "1", c.forward.tail);
  add("backward.peak_fraction", c.backward.peak_fraction.value, "1", c.backward.peak_fraction);
  add("backward.start", c.backward.start.value.value, "s", c.backward.start);
  add("backward.tail", c.backward.tail.value, "1", c.backward.tail);
  // What not every calibration has.
  if (c.forward.pair_flop.value > 0)
    add("forward.pair_flop", c.forward.pair_flop.value, "flop", c.forward.pair_flop);
  if (c.backward.pair_flop.value > 0)
    add("backward.pair_flop", c.backward.pair_flop.value, "flop", c.backward.pair_flop);
  add("gemm.peak_fraction", c.gemm.peak_fraction.value, "1", c.gemm.peak_fraction);
  add("gemm.fp8_fraction", c.gemm.fp8_fraction.value, "1", c.gemm.fp8_fraction);
  add("gemm.start", c.gemm.start.value.value, "s", c.gemm.start);
  add("host_update", c.host_update.value.value, "B/s", c.host_update);
  add("memory_efficiency", c.memory_efficiency.value, "1", c.memory_efficiency);
  add("merge_passes", c.merge_passes.value, "1", c.merge_passes);
  add("launch", c.launch.value.value, "s", c.launch);
  add("step_overhead", c.step_overhead.value.value, "s", c.step_overhead);
  add("compute_slowdown", c.compute_slowdown.value, "1", c.compute_slowdown);
  if (c.link_bandwidth.value.value > 0) {
    add("link_bandwidth", c.link_bandwidth.value.value, "B/s", c.link_bandwidth);
    add("link_latency", c.link_latency.value.value, "s", c.link_latency);
  }
  return constants;
}

std::string calibration_text(const Pricer& pricer) {
  std::string text = "Calibration: ";
  bool first = true;
  for (const Calibration* c : calibrations_of(pricer)) {
    text += (first ? "" : "; ") + c->name + file_of(pricer.scenario(), *c) + ", " + attention_rates(*c);
    first = false;
  }
  std::vector<std::string> assumed;
  for (const CalibrationConstant& constant : constants_of(*calibrations_of(pricer).front())) {
    const bool rate =
        constant.name.ends_with("ward.peak_fraction") || constant.name.find("tail") != std::string::npos;
    if (constant.provenance == Provenance::assumed && !rate) assumed.push_back(constant.name);
  }
  std::string assumption;
  for (std::string& name : assumed) {
    if (name == "forward.start") name = "kernel start";
    if (name == "backward.start") continue;
    // What only whole-model phases use is named there only.
    const bool whole_only = name.starts_with("gemm.") || name == "host_update";
    if (whole_only && !is_whole_model(pricer.scenario().workload.phase)) continue;
    if (name == "gemm.start") continue;
    if (name == "gemm.fp8_fraction") {
      if (pricer.scenario().workload.fp8 == costmodel::Fp8::none) continue;
      name = "rate of fp8 products";
    }
    if (name == "gemm.peak_fraction") name = "rate of matrix products";
    std::replace(name.begin(), name.end(), '_', ' ');
    assumption += (assumption.empty() ? "" : ", ") + name;
  }
  if (!assumption.empty()) text += "; assumed: " + assumption;
  const std::vector<std::string> hardware = assumed_hardware(pricer.scenario().cluster);
  return text + ". Hardware numbers that are assumed: " + (hardware.empty() ? "none" : joined(hardware)) +
         ".";
}

std::string scope_text(const Scenario& scenario) {
  switch (scenario.workload.phase) {
    case WorkPhase::training_step:
      return "Scope: one training step, all layers, embedding to optimizer; data loading, evaluation and "
             "checkpoints "
             "on disk are not counted.";
    case WorkPhase::prefill:
      return "Scope: the whole model's forward pass over the prompt; sampling and the tokens after it are "
             "not "
             "counted.";
    default: break;
  }
  std::string direction = "forward + backward";
  if (scenario.workload.phase == WorkPhase::forward) direction = "forward";
  if (scenario.workload.phase == WorkPhase::backward) direction = "backward";
  return "Scope: attention of one layer, " + direction +
         "; parameters and other activations are not counted.";
}

}  // namespace costmodel
