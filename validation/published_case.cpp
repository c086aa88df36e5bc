#include "validation/published_case.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "costmodel/base/in_quotes.h"
#include "costmodel/plan/reject.h"
#include "costmodel/spec/cluster_presets.h"

namespace validation {

using costmodel::BytesPerSecond;
using costmodel::Provenance;
using costmodel::Scenario;

namespace {

struct GpuPreset {
  std::string_view gpu;
  const char* cluster;
};
constexpr std::array gpu_presets{
    GpuPreset{"a100-80gb", "dgx-a100-80gb"},
    GpuPreset{"a800-80gb", "a800-4nic"},
    GpuPreset{"h100-sxm", "dgx-h100"},
    GpuPreset{"h100-hbm2e-96gb", "h100-hbm2e"},
    GpuPreset{"h200", "dgx-h200"},
    GpuPreset{"h800", "h800"},
    GpuPreset{"h20", "h20"},
    GpuPreset{"b200", "dgx-b200"},
};

// Usable rate of a PCIe 5 slot: an NVLink is faster than this, whatever its generation.
constexpr double fastest_pcie_gbps = 64;

const costmodel::ClusterSpec* cluster_of(const PublishedRow& row) {
  // An A100 whose link is no NVLink is the PCIe card.
  if (row.gpu == "a100-80gb" && row.intra_gbps && *row.intra_gbps < fastest_pcie_gbps)
    return costmodel::find_cluster_preset("a100-pcie-80gb");
  for (const GpuPreset& preset : gpu_presets)
    if (preset.gpu == row.gpu) return costmodel::find_cluster_preset(preset.cluster);
  return costmodel::find_cluster_preset(row.gpu);
}

void apply_links(const PublishedRow& row, const costmodel::CalibrationSet& calibrations,
                 costmodel::NodeSpec& node) {
  const auto given = [](double gbps) {
    return costmodel::Sourced(BytesPerSecond(gbps * 1e9), Provenance::published, "the table of measurements");
  };
  node.gpus = row.gpus_per_node;
  if (row.intra_gbps) {
    node.scale_up.per_gpu = node.scale_up.one_peer = given(*row.intra_gbps);
    if (*row.intra_gbps < fastest_pcie_gbps) node.scale_up.kind = costmodel::ScaleUpKind::pcie;
    // What does not even reach half of the slot goes through host memory.   Formula 3.14.
    if (2 * *row.intra_gbps * 1e9 < node.host_link.value.value) {
      node.scale_up.one_peer = given(*row.intra_gbps * calibrations.staged.exchange.value);
      node.scale_up.per_gpu = given(*row.intra_gbps * calibrations.staged.collective.value);
    }
  }
  if (row.nics_per_node) node.scale_out.nics = *row.nics_per_node;
  if (row.nic_gbps) node.scale_out.nic_bandwidth = given(*row.nic_gbps);
}

costmodel::WorkloadSpec workload_of(const PublishedRow& row) {
  costmodel::WorkloadSpec workload;
  workload.phase = row.phase;
  workload.sequence = row.sequence;
  workload.batch = row.batch;
  workload.mask = row.mask;
  if (row.dtype == PublishedDtype::fp8_ffn) workload.fp8 = costmodel::Fp8::feed_forward;
  if (row.dtype == PublishedDtype::fp8_linear) workload.fp8 = costmodel::Fp8::linear;
  // Nothing can be generated behind a full mask: such a pass scores its text, and needs all logits.
  workload.logits =
      row.mask.kind == costmodel::MaskKind::full ? costmodel::Logits::all : costmodel::Logits::last;
  return workload;
}

}  // namespace

PublishedCase case_of(const PublishedRow& row, const costmodel::CalibrationSet& calibrations) {
  PublishedCase result;
  result.plan = row.plan;
  if (!row.unreadable.empty()) {
    result.skipped = row.unreadable;
    return result;
  }
  const costmodel::ClusterSpec* cluster = cluster_of(row);
  if (cluster == nullptr) {
    result.skipped = "no preset for the GPU " + costmodel::in_quotes(row.gpu);
    return result;
  }
  Scenario scenario;
  scenario.name = row.id;
  scenario.model = row.model;
  scenario.model.name = row.source;
  scenario.cluster = *cluster;
  costmodel::NodeGroup& group = scenario.cluster.groups.front();
  group.count = row.nodes;
  apply_links(row, calibrations, group.node);
  scenario.workload = workload_of(row);
  result.scenarios.push_back(scenario);
  if (!row.packings.empty()) result.scenarios.clear();
  for (const std::vector<std::int64_t>& documents : row.packings) {
    scenario.workload.mask = {costmodel::MaskKind::documents, 0, documents};
    result.scenarios.push_back(scenario);
  }
  for (const Scenario& candidate : result.scenarios) {
    const auto rejection = costmodel::reject(candidate, row.plan);
    if (!rejection) continue;
    result.skipped = rejection->text;
    result.scenarios.clear();
    break;
  }
  return result;
}

}  // namespace validation
