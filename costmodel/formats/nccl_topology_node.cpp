#include "costmodel/formats/nccl_topology_node.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <set>

#include "costmodel/base/error.h"
#include "costmodel/base/in_quotes.h"
#include "costmodel/base/unit_text.h"
#include "costmodel/formats/cluster_fragment.h"
#include "costmodel/spec/cluster_presets.h"
#include "costmodel/spec/device_presets.h"
#include "costmodel/spec/spec_text.h"

namespace costmodel {

namespace {

struct NamedPciDevice {
  std::string_view id;
  std::string_view preset;
};

// Source: the public list of PCI ids, vendor 10de.
constexpr std::array<NamedPciDevice, 18> pci_devices{{{"0x1db5", "v100-sxm-32gb"},
                                                      {"0x20b0", "a100-sxm-40gb"},
                                                      {"0x20b2", "a100-sxm-80gb"},
                                                      {"0x20b5", "a100-pcie-80gb"},
                                                      {"0x20f3", "a800-sxm-80gb"},
                                                      {"0x2321", "h100-nvl-94gb"},
                                                      {"0x2324", "h800-sxm"},
                                                      {"0x2329", "h20"},
                                                      {"0x2330", "h100-sxm"},
                                                      {"0x2331", "h100-pcie-80gb"},
                                                      {"0x2335", "h200-sxm"},
                                                      {"0x2684", "rtx-4090"},
                                                      {"0x26b9", "l40s"},
                                                      {"0x26ba", "l20"},
                                                      {"0x2901", "b200"},
                                                      {"0x2941", "gb200"},
                                                      {"0x2b85", "rtx-5090"},
                                                      {"0x3182", "b300"}}};

[[noreturn]] void fail(const NcclTopology& topology, int line, const std::string& key,
                       const std::string& message) {
  throw Error(message, InputLocation{.file = topology.file, .line = line, .column = 0, .key = key});
}

int links_of(const NcclTopologyGpu& gpu) {
  return gpu.switch_links + static_cast<int>(gpu.link_targets.size());
}

// GB/s of one NVLink and direction, NCCL's constants.
BytesPerSecond per_nvlink(int sm) {
  return BytesPerSecond(1e9 * (sm >= 100  ? 40.1
                               : sm >= 90 ? 20.6
                               : sm == 86 ? 12.0
                               : sm >= 70 ? 20.0
                                          : 18.0));
}

// The likeliest device of a compute capability and a number of NVLinks.
std::string_view likely_device(const NcclTopologyGpu& gpu) {
  const int links = links_of(gpu);
  switch (gpu.sm) {
    case 70: return "v100-sxm-32gb";
    case 80: return links >= 12 ? "a100-sxm-80gb" : links >= 8 ? "a800-sxm-80gb" : "a100-pcie-80gb";
    case 89: return "l40s";
    case 90:
      return links >= 18  ? "h100-sxm"
             : links == 8 ? "h800-sxm"
             : links > 0  ? "h100-nvl-94gb"
                          : "h100-pcie-80gb";
    case 100: return gpu.c2c_links > 0 ? "gb200" : "b200";
    case 103: return "b300";
    case 120: return "rtx-5090";
    default: return "";
  }
}

void check_equal_gpus(const NcclTopology& topology) {
  const NcclTopologyGpu& first = topology.gpus.front();
  for (const NcclTopologyGpu& gpu : topology.gpus) {
    if (gpu.sm != first.sm || gpu.pci_device != first.pci_device)
      fail(topology, gpu.line, "gpu.sm",
           fmt::format("GPU {} (sm {}, PCI device {}) is another kind than GPU {} (sm {}, {}): a node needs "
                       "equal GPUs; "
                       "describe the kinds as nodes that differ",
                       gpu.dev, gpu.sm, in_quotes(gpu.pci_device), first.dev, first.sm,
                       in_quotes(first.pci_device)));
    if (gpu.switch_links != first.switch_links && (gpu.switch_links > 0) != (first.switch_links > 0))
      fail(topology, gpu.line, "gpu.nvlink",
           fmt::format("GPU {} has {} NVLinks to switches, GPU {} has {}: links are down; repair the "
                       "machine, or leave "
                       "that GPU out (CUDA_VISIBLE_DEVICES) and dump again",
                       gpu.dev, gpu.switch_links, first.dev, first.switch_links));
  }
}

void choose_device(const NcclTopology& topology, const std::string& wanted, TopologyNode& result) {
  const NcclTopologyGpu& gpu = topology.gpus.front();
  std::string name = wanted;
  result.device_provenance = Provenance::given;
  result.device_reason = "as asked for";
  if (name.empty()) {
    const auto known = std::find_if(pci_devices.begin(), pci_devices.end(),
                                    [&](const NamedPciDevice& entry) { return entry.id == gpu.pci_device; });
    if (known != pci_devices.end()) {
      name = known->preset;
      result.device_provenance = Provenance::published;
      result.device_reason = "PCI device " + gpu.pci_device;
    } else {
      name = likely_device(gpu);
      result.device_provenance = Provenance::assumed;
      result.device_reason = fmt::format(
          "guessed from sm {} and {} NVLinks; the memory size is not in the dump", gpu.sm, links_of(gpu));
    }
  }
  const DeviceSpec* preset = find_device_preset(name);
  if (preset == nullptr)
    fail(topology, gpu.line, "gpu.sm",
         name.empty()
             ? fmt::format(
                   "no preset for a GPU of sm {} (PCI device {}): name the device, such as \"h100-sxm\"",
                   gpu.sm, in_quotes(gpu.pci_device))
             : "there is no device preset " + in_quotes(name) + "; name one such as \"h100-sxm\"");
  result.node.device = *preset;
}

// Whether NVLinks lead from the first GPU to every other, perhaps over several.
bool links_join_all(const NcclTopology& topology) {
  std::map<std::string, std::size_t> index;
  for (std::size_t i = 0; i < topology.gpus.size(); ++i) index[topology.gpus[i].bus] = i;
  std::vector<std::size_t> reached{0};
  std::set<std::size_t> seen{0};
  for (std::size_t at = 0; at < reached.size(); ++at)
    for (const std::string& target : topology.gpus[reached[at]].link_targets)
      if (const auto found = index.find(target); found != index.end() && seen.insert(found->second).second)
        reached.push_back(found->second);
  return seen.size() == topology.gpus.size();
}

void set_mesh(const NcclTopology& topology, BytesPerSecond per_link, TopologyNode& result) {
  int least_links = links_of(topology.gpus.front());
  int least_to_peer = least_links;
  std::size_t fewest_peers = topology.gpus.size();
  for (const NcclTopologyGpu& gpu : topology.gpus) {
    std::map<std::string, int> to_peer;
    for (const std::string& target : gpu.link_targets) ++to_peer[target];
    least_links = std::min(least_links, links_of(gpu));
    fewest_peers = std::min(fewest_peers, to_peer.size());
    for (const auto& [target, count] : to_peer) least_to_peer = std::min(least_to_peer, count);
  }
  ScaleUpSpec& link = result.node.scale_up;
  link.kind = ScaleUpKind::mesh;
  link.per_gpu = {per_link * least_links, Provenance::published,
                  fmt::format("NCCL's constant per NVLink x {} links", least_links)};
  link.one_peer = {per_link * least_to_peer, Provenance::published,
                   fmt::format("NCCL's constant per NVLink x {} links", least_to_peer)};
  if (fewest_peers + 1 < topology.gpus.size())
    result.remarks.push_back(
        fmt::format("Some GPUs have NVLinks to {} of {} others only; a mesh treats all pairs alike.",
                    fewest_peers, topology.gpus.size() - 1));
}

void set_pcie(const NcclTopology& topology, TopologyNode& result) {
  const BytesPerSecond rated = topology.gpus.front().pcie;
  const Sourced<BytesPerSecond> usable =
      rated.value > 0 ? Sourced(rated * 0.75, Provenance::assumed, std::string("75 % of the PCIe connection"))
                      : Sourced(BytesPerSecond(12e9), Provenance::assumed,
                                std::string("PCIe speed unknown: as NCCL, PCIe 3 x16"));
  ScaleUpSpec& link = result.node.scale_up;
  link.kind = ScaleUpKind::pcie;
  link.per_gpu = usable;
  link.one_peer = usable;
  const int gpus = static_cast<int>(topology.gpus.size());
  if (topology.domains > 1 && gpus % topology.domains == 0) {
    link.gpus_per_socket = gpus / topology.domains;
    link.socket_bridge =
        Sourced(BytesPerSecond(40e9), Provenance::assumed, std::string("between sockets, as in the presets"));
    result.remarks.push_back(
        "NUMA domains are taken for sockets; correct gpus_per_socket where a socket has several.");
  }
}

void set_scale_up(const NcclTopology& topology, TopologyNode& result) {
  const NcclTopologyGpu& first = topology.gpus.front();
  const BytesPerSecond per_link = per_nvlink(first.sm);
  if (first.switch_links > 0) {
    int links = first.switch_links;
    for (const NcclTopologyGpu& gpu : topology.gpus) links = std::min(links, gpu.switch_links);
    ScaleUpSpec& link = result.node.scale_up;
    link.kind = ScaleUpKind::nvlink_switch;
    link.per_gpu = {per_link * links, Provenance::published,
                    fmt::format("NCCL's constant per NVLink x {} links", links)};
    link.one_peer = link.per_gpu;
  } else if (topology.gpus.size() > 1 && links_of(first) > 0 && links_join_all(topology)) {
    set_mesh(topology, per_link, result);
  } else {
    set_pcie(topology, result);
    if (links_of(first) > 0 && topology.gpus.size() > 1)
      result.remarks.push_back(
          "NVLink bridges join some GPUs only; a scenario cannot say that, so all pairs use PCIe.");
  }
  result.node.scale_up.alpha = usual_link_latency(result.node.scale_up.kind);
}

// Cards that carry the job: with GPUDirect where any has it, and not much slower than the fastest.
void set_network(const NcclTopology& topology, TopologyNode& result) {
  BytesPerSecond fastest(0);
  GpuDirect wanted = GpuDirect::no;
  for (const NcclTopologyNic& nic : topology.nics) {
    fastest = std::max(fastest, nic.speed);
    if (nic.gpu_direct == GpuDirect::yes) wanted = GpuDirect::yes;
  }
  std::vector<NcclTopologyNic> used;
  for (const NcclTopologyNic& nic : topology.nics) {
    if (nic.gpu_direct >= wanted && nic.speed * 4 > fastest)
      used.push_back(nic);
    else
      result.remarks.push_back(fmt::format("Card {} ({}) is left out: slow or without GPUDirect.",
                                           file_label(nic.name), format_bandwidth(nic.speed)));
  }
  ScaleOutSpec& network = result.node.scale_out;
  network.alpha = usual_nic_latency();
  network.nics = static_cast<int>(used.size());
  if (used.empty()) {
    result.remarks.push_back("The dump has no network card: the node stands alone.");
    return;
  }
  BytesPerSecond slowest = used.front().speed;
  for (const NcclTopologyNic& nic : used) slowest = std::min(slowest, nic.speed);
  network.nic_bandwidth = {slowest * 0.94, Provenance::assumed,
                           fmt::format("94 % of the port speed of {:g} Gb/s", slowest.value * 8e-9)};
  const int gpus = static_cast<int>(topology.gpus.size());
  if (network.nics > gpus) {
    result.remarks.push_back(fmt::format(
        "{} cards for {} GPUs are taken as {} cards of the same total bandwidth.", network.nics, gpus, gpus));
    network.nic_bandwidth.value = network.nic_bandwidth.value * (static_cast<double>(network.nics) / gpus);
    network.nics = gpus;
  } else if (gpus % network.nics != 0) {
    result.remarks.push_back(fmt::format("{} cards do not divide {} GPUs evenly.", network.nics, gpus));
  }
}

}  // namespace

TopologyNode node_from_topology(const NcclTopology& topology, const std::string& device) {
  check_equal_gpus(topology);
  TopologyNode result;
  result.node.gpus = static_cast<int>(topology.gpus.size());
  choose_device(topology, device, result);
  set_scale_up(topology, result);
  set_network(topology, result);
  const BytesPerSecond pcie = topology.gpus.front().pcie;
  result.node.host_link = usual_host_link(pcie.value > 0 ? pcie : BytesPerSecond(16e9));
  if (topology.hosts > 1)
    result.remarks.push_back(
        fmt::format("{} hosts share one NVLink domain, which is one node here.", topology.hosts));
  return result;
}

std::string topology_toml(const NcclTopology& topology, const TopologyNode& result) {
  const NodeSpec& node = result.node;
  const ScaleUpSpec& link = node.scale_up;
  std::string text = comment_line(fmt::format(
      "{}: NCCL topology of one node; latencies are those of the presets.", file_label(topology.file)));
  for (const std::string& remark : result.remarks) text += comment_line(remark);
  text += fmt::format("gpus = {}\n", node.gpus);
  text += comment_line(fmt::format("device {}: {}", name_of(result.device_provenance), result.device_reason));
  text += fmt::format("device = \"{}\"\n", node.device.name);
  text += fmt::format("link = \"{}\"\n", name_of(link.kind));
  text += bandwidth_line("link_bandwidth", link.per_gpu);
  if (link.kind == ScaleUpKind::mesh) text += bandwidth_line("one_peer_bandwidth", link.one_peer);
  text += latency_line("link_latency", link.alpha);
  if (link.socket_bridge) {
    text += fmt::format("gpus_per_socket = {}\n", link.gpus_per_socket);
    text += bandwidth_line("socket_bridge", *link.socket_bridge);
  }
  text += fmt::format("nics = {}\n", node.scale_out.nics);
  if (node.scale_out.nics > 0) {
    text += bandwidth_line("nic_bandwidth", node.scale_out.nic_bandwidth);
    text += latency_line("nic_latency", node.scale_out.alpha);
  }
  text += bandwidth_line("host_bandwidth", node.host_link);
  return text;
}

}  // namespace costmodel
