#include "costmodel/spec/cluster_presets.h"

#include <stdexcept>

#include "costmodel/spec/device_presets.h"

namespace costmodel {

namespace {

constexpr Provenance published = Provenance::published;
constexpr Provenance assumed = Provenance::assumed;
constexpr ScaleUpKind nvlink = ScaleUpKind::nvlink_switch;
constexpr ScaleUpKind mesh = ScaleUpKind::mesh;
constexpr ScaleUpKind pcie = ScaleUpKind::pcie;
constexpr FabricKind rail = FabricKind::rail_optimised;
constexpr FabricKind tree = FabricKind::fat_tree;

// A bandwidth in GB/s per direction and where it comes from.
struct Rate {
  double gb_s;
  Provenance provenance;
  const char* source;
};

// The inside of a node.
constexpr Rate nvlink3{240, published, "NCCL's constant per NVLink 3 link x 12 links"};
constexpr Rate nvlink3_a800{160, published, "NCCL's constant per NVLink 3 link x 8 links"};
constexpr Rate nvlink4{370.8, published, "NCCL's constant per NVLink 4 link x 18 links"};
constexpr Rate nvlink4_h800{164.8, published, "NCCL's constant per NVLink 4 link x 8 links"};
constexpr Rate nvlink5{721.8, published, "NCCL's constant per NVLink 5 link x 18 links"};
constexpr Rate xgmi3{336, published, "vendor's blog: about 48 of 64 GB/s usable on each of 7 links"};
constexpr Rate xgmi3_link{48, published, "vendor's blog: about 48 of 64 GB/s usable"};
constexpr Rate xgmi4{403.2, assumed, "75 % of 7 links of 76.8 GB/s"};
constexpr Rate xgmi4_link{57.6, assumed, "75 % of one link of 76.8 GB/s"};
constexpr Rate hccs{147, assumed, "75 % of 7 links of 28 GB/s"};
constexpr Rate hccs_link{21, assumed, "75 % of one link of 28 GB/s"};
constexpr Rate pcie4_no_p2p{6.0, assumed,
                            "collectives are ahead of exchanges by 5.5 to 4.7 in published runs"};
constexpr Rate pcie4_no_p2p_peer{
    5.1, published, "fitted to published prefills on 8 A100 PCIe without peer-to-peer, which state 4.7"};
constexpr Rate pcie4{24, assumed, "75 % of PCIe 4 x16"};
constexpr Rate pcie4_4090{22, assumed, "70 % of PCIe 4 x16; no peer access in the stock driver"};
constexpr Rate pcie5_5090{28, published, "NVIDIA/nccl issue 1639: 8-GPU all-reduce"};

constexpr Rate cpu_copy{4, assumed, "one core copies a message: it reads and writes each byte"};

// What all transfers from one CPU socket to the other share.
constexpr Rate no_bridge{0, assumed, ""};
constexpr Rate cpu_bridge{40, assumed, "three socket links of 16 GT/s, about two thirds usable"};

// Network cards.
constexpr Rate nic_100{12, assumed, "96 % of 100 Gb/s"};
constexpr Rate nic_200{24, assumed, "96 % of 200 Gb/s"};
constexpr Rate nic_200_a800{21.3, published, "flat-ring rows of the BurstEngine kernel benchmark"};
constexpr Rate nic_400{47, published, "NVIDIA/nccl-tests issues 212 and 290: 46 to 48 GB/s per 400 Gb card"};
constexpr Rate nic_400_roce{26, published, "transfer times per step of arXiv 2411.01783"};
constexpr Rate nic_600{63.8, assumed, "600 Gb/s per node, 85 %"};
constexpr Rate nic_800{94, assumed, "94 % of 800 Gb/s"};

struct Row {
  const char* name;
  const char* device;
  int gpus;
  ScaleUpKind kind;
  Rate per_gpu, one_peer;
  int gpus_per_socket;
  Rate bridge;
  double pcie_gb_s;  // rated PCIe bandwidth of one GPU, per direction
  int nics;
  Rate nic;
  FabricKind fabric;
};

// clang-format off
constexpr Row rows[] = {
  // name             device         GPUs kind    per GPU       one peer      socket, bridge  PCIe NICs         fabric
  {"dgx-a100-40gb",   "a100-sxm-40gb",  8, nvlink, nvlink3,      nvlink3,      0, no_bridge,   32, 8, nic_200,      rail},
  {"dgx-a100-80gb",   "a100-sxm-80gb",  8, nvlink, nvlink3,      nvlink3,      0, no_bridge,   32, 8, nic_200,      rail},
  {"a100-pcie-80gb",  "a100-pcie-80gb", 8, pcie,   pcie4_no_p2p, pcie4_no_p2p_peer, 0, no_bridge,   32, 1, nic_600,      tree},
  {"a800-4nic",       "a800-sxm-80gb",  8, nvlink, nvlink3_a800, nvlink3_a800, 0, no_bridge,   32, 4, nic_200_a800, rail},
  {"dgx-h100",        "h100-sxm",       8, nvlink, nvlink4,      nvlink4,      0, no_bridge,   64, 8, nic_400,      rail},
  {"h100-hbm2e",      "h100-hbm2e-96gb",8, nvlink, nvlink4,      nvlink4,      0, no_bridge,   64, 8, nic_400_roce, tree},
  {"h800",            "h800-sxm",       8, nvlink, nvlink4_h800, nvlink4_h800, 0, no_bridge,   64, 8, nic_400,      rail},
  {"dgx-h200",        "h200-sxm",       8, nvlink, nvlink4,      nvlink4,      0, no_bridge,   64, 8, nic_400,      rail},
  {"h20",             "h20",            8, nvlink, nvlink4,      nvlink4,      0, no_bridge,   64, 8, nic_400,      rail},
  {"dgx-b200",        "b200",           8, nvlink, nvlink5,      nvlink5,      0, no_bridge,   64, 8, nic_400,      rail},
  {"dgx-b300",        "b300",           8, nvlink, nvlink5,      nvlink5,      0, no_bridge,  128, 8, nic_800,      rail},
  {"gb200-nvl72",     "gb200",         72, nvlink, nvlink5,      nvlink5,      0, no_bridge,  128, 72, nic_400,     rail},
  {"mi300x",          "mi300x",         8, mesh,   xgmi3,        xgmi3_link,   0, no_bridge,   64, 8, nic_400,      rail},
  {"mi325x",          "mi325x",         8, mesh,   xgmi3,        xgmi3_link,   0, no_bridge,   64, 8, nic_400,      rail},
  {"mi355x",          "mi355x",         8, mesh,   xgmi4,        xgmi4_link,   0, no_bridge,   64, 8, nic_400,      rail},
  {"ascend-910b",     "ascend-910b3",   8, mesh,   hccs,         hccs_link,    0, no_bridge,   64, 8, nic_200,      rail},
  {"l40s-pcie",       "l40s",           8, pcie,   pcie4,        pcie4,        4, cpu_bridge,  32, 2, nic_200,      tree},
  {"l20-pcie",        "l20",            8, pcie,   pcie4,        pcie4,        4, cpu_bridge,  32, 2, nic_200,      tree},
  {"rtx-4090-pcie",   "rtx-4090",       8, pcie,   pcie4_4090,   pcie4_4090,   4, cpu_bridge,  32, 1, nic_100,      tree},
  {"cpu-threads",     "cpu-core",       8, pcie,   cpu_copy,     cpu_copy,     0, no_bridge,   32, 1, nic_100,      tree},
  {"rtx-5090-pcie",   "rtx-5090",       8, pcie,   pcie5_5090,   pcie5_5090,   0, no_bridge,   64, 1, nic_100,      tree},
};
// clang-format on

Sourced<BytesPerSecond> sourced(const Rate& rate) {
  return {BytesPerSecond(rate.gb_s * 1e9), rate.provenance, rate.source};
}

ClusterSpec built(const Row& row) {
  const DeviceSpec* device = find_device_preset(row.device);
  if (device == nullptr) throw std::logic_error("cluster preset names an unknown device");
  NodeSpec node;
  node.gpus = row.gpus;
  node.device = *device;
  node.scale_up.kind = row.kind;
  node.scale_up.per_gpu = sourced(row.per_gpu);
  node.scale_up.one_peer = sourced(row.one_peer);
  node.scale_up.alpha = usual_link_latency(row.kind);
  node.scale_up.gpus_per_socket = row.gpus_per_socket;
  if (row.bridge.gb_s > 0) node.scale_up.socket_bridge = sourced(row.bridge);
  node.scale_out.nics = row.nics;
  node.scale_out.nic_bandwidth = sourced(row.nic);
  node.scale_out.alpha = usual_nic_latency();
  node.host_link = usual_host_link(BytesPerSecond(row.pcie_gb_s * 1e9));
  ClusterSpec cluster;
  cluster.name = row.name;
  cluster.groups.push_back({1, node});
  cluster.fabric.kind = row.fabric;
  return cluster;
}

}  // namespace

Sourced<Seconds> usual_link_latency(ScaleUpKind kind) {
  switch (kind) {
    case ScaleUpKind::nvlink_switch: return {Seconds(11.8 * 1e-6), assumed, "NCCL's latency model, NVLink"};
    case ScaleUpKind::mesh: return {Seconds(12 * 1e-6), assumed, "as NCCL on NVLink"};
    case ScaleUpKind::pcie: return {Seconds(14.1 * 1e-6), assumed, "NCCL's latency model, PCIe"};
  }
  throw std::logic_error("usual_link_latency: unknown kind");
}

Sourced<Seconds> usual_nic_latency() {
  return {Seconds(22.4 * 1e-6), assumed, "NCCL's latency model, network"};
}

Sourced<BytesPerSecond> usual_host_link(BytesPerSecond rated) {
  return {rated * 0.75, assumed, "75 % of the rated PCIe bandwidth"};
}

const std::vector<ClusterSpec>& cluster_presets() {
  static const std::vector<ClusterSpec> clusters = [] {
    std::vector<ClusterSpec> list;
    for (const Row& row : rows) list.push_back(built(row));
    return list;
  }();
  return clusters;
}

const ClusterSpec* find_cluster_preset(std::string_view name) {
  for (const ClusterSpec& cluster : cluster_presets())
    if (cluster.name == name) return &cluster;
  return nullptr;
}

std::vector<std::string> cluster_preset_names() {
  std::vector<std::string> names;
  for (const ClusterSpec& cluster : cluster_presets()) names.push_back(cluster.name);
  return names;
}

}  // namespace costmodel
