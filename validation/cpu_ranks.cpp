#include "validation/cpu_ranks.h"

#include <algorithm>
#include <stdexcept>
#include <thread>

#include "costmodel/price/scenario_calibration.h"
#include "costmodel/spec/cluster_presets.h"
#include "validation/shared_rate.h"

namespace validation {

using costmodel::NodeSpec;
using costmodel::Provenance;
using costmodel::Scenario;
using costmodel::WorkPhase;

namespace {

constexpr const char* preset_name = "cpu-threads";

}  // namespace

int cores_here() { return static_cast<int>(std::max(1U, std::thread::hardware_concurrency())); }

double share_of_core(const CpuPlace& place) {
  const double sharing = place.busy > 0 ? place.busy : place.local_ranks;
  return std::min(1.0, place.cores / sharing);
}

Scenario on_cpu_ranks(const Scenario& scenario, const CpuPlace& place) {
  const costmodel::ClusterSpec* preset = costmodel::find_cluster_preset(preset_name);
  if (preset == nullptr) throw std::logic_error("on_cpu_ranks: the preset cpu-threads is missing");
  const NodeSpec& cpu = preset->groups.front().node;
  Scenario here = scenario;
  const double factor = share_of_core(place);
  const std::string why =
      "; " + std::to_string(place.local_ranks) + " ranks on " + std::to_string(place.cores) + " cores";
  for (costmodel::NodeGroup& group : here.cluster.groups) {
    NodeSpec& node = group.node;
    if (node.device.name == cpu.device.name) continue;
    const int ranks = node.gpus;
    node = cpu;
    node.gpus = ranks;
  }
  if (here.calibrations) use_measured_links(here.cluster, *here.calibrations);
  for (costmodel::NodeGroup& group : here.cluster.groups) {
    NodeSpec& node = group.node;
    // A rate that is shared is no longer anybody's measurement.
    if (factor == 1.0) continue;
    share_rate(node.device.tensor_rate, factor, why);
    share_rate(node.device.vector_rate, factor, why);
    share_rate(node.device.memory_bandwidth, factor, why);
    share_rate(node.scale_up.per_gpu, factor, why);
    share_rate(node.scale_up.one_peer, factor, why);
  }
  if (here.cluster.name != preset_name) here.cluster.name += " as CPU ranks";
  return here;
}

Scenario attention_operator_of(const Scenario& scenario) {
  Scenario attention = scenario;
  costmodel::WorkloadSpec& workload = attention.workload;
  workload.batch /= workload.micro_batches();
  workload.accumulation = 1;
  if (workload.phase == WorkPhase::training_step) workload.phase = WorkPhase::forward_backward;
  if (workload.phase == WorkPhase::prefill) workload.phase = WorkPhase::forward;
  workload.cached = 0;
  return attention;
}

void set_ranks(Scenario& scenario, int ranks) {
  NodeSpec node = scenario.cluster.groups.front().node;
  node.gpus = ranks;
  node.scale_up.gpus_per_socket = 0;
  node.scale_up.socket_bridge.reset();
  scenario.cluster.groups = {{1, node}};
  scenario.placement.clear();
}

}  // namespace validation
