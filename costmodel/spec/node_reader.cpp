#include "costmodel/spec/node_reader.h"

#include <fmt/format.h>

#include "costmodel/base/unit_text.h"
#include "costmodel/spec/cluster_presets.h"
#include "costmodel/spec/device_reader.h"
#include "costmodel/spec/sourced_reader.h"
#include "costmodel/spec/spec_limits.h"

namespace costmodel {

namespace {

void read_link(TomlSection& section, NodeSpec& node, bool spelled_out) {
  ScaleUpSpec& link = node.scale_up;
  const auto kind = section.parsed("link", parse_scale_up_kind, "\"nvlink_switch\"");
  const bool other_kind = kind && *kind != link.kind;
  if (kind) link.kind = *kind;
  Sourced<BytesPerSecond> per_gpu;
  const bool bandwidth = read_sourced(section, "link_bandwidth", parse_bandwidth, "\"240 GB/s\"", per_gpu);
  Sourced<BytesPerSecond> one_peer;
  const bool peer = read_sourced(section, "one_peer_bandwidth", parse_bandwidth, "\"48 GB/s\"", one_peer);
  const bool latency = read_sourced(section, "link_latency", parse_seconds, "\"12 us\"", link.alpha);
  const auto per_socket = section.count("gpus_per_socket", 0, limits::gpus_per_node, 4);
  Sourced<BytesPerSecond> bridge;
  if (read_sourced(section, "socket_bridge", parse_bandwidth, "\"40 GB/s\"", bridge))
    link.socket_bridge = bridge;

  if (spelled_out && node.gpus == 1 && !kind && !bandwidth) {
    // A GPU alone has no peer; the figures below are never used for a transfer.
    link.kind = ScaleUpKind::pcie;
    per_gpu = {BytesPerSecond(24e9), Provenance::assumed, "one GPU per node: not used"};
  } else {
    if (spelled_out && !kind) section.missing("link", "link = \"nvlink_switch\", \"mesh\" or \"pcie\"");
    if ((spelled_out || other_kind) && !bandwidth)
      section.missing("link_bandwidth",
                      "what one GPU sends to all peers together, such as link_bandwidth = \"240 GB/s\"");
  }
  if (spelled_out || other_kind) {
    link.per_gpu = per_gpu;
    link.one_peer = per_gpu;
    if (link.kind == ScaleUpKind::mesh && node.gpus > 1)
      link.one_peer.value = per_gpu.value / static_cast<double>(node.gpus - 1);
    if (!latency) link.alpha = usual_link_latency(link.kind);
    if (!per_socket) link.gpus_per_socket = 0;
  } else if (bandwidth) {
    set_link_bandwidth(link, per_gpu);
  }
  if (peer) link.one_peer = one_peer;
  if (per_socket) link.gpus_per_socket = static_cast<int>(*per_socket);
  // Fewer GPUs than a socket holds, or another kind of link: the preset's sockets no longer matter.
  const bool given_sockets = per_socket || section.has("socket_bridge");
  if (!given_sockets && (link.kind != ScaleUpKind::pcie || link.gpus_per_socket >= node.gpus)) {
    link.gpus_per_socket = 0;
    link.socket_bridge.reset();
  }
}

void read_network(TomlSection& section, NodeSpec& node, bool spelled_out) {
  ScaleOutSpec& network = node.scale_out;
  if (const auto nics = section.count("nics", 0, limits::gpus_per_node, 8))
    network.nics = static_cast<int>(*nics);
  const bool had_bandwidth = network.nic_bandwidth.value.value > 0;
  const bool bandwidth =
      read_sourced(section, "nic_bandwidth", parse_bandwidth, "\"400 Gb/s\"", network.nic_bandwidth);
  const bool latency = read_sourced(section, "nic_latency", parse_seconds, "\"22 us\"", network.alpha);
  if (network.nics > 0 && !bandwidth && !had_bandwidth)
    section.missing("nic_bandwidth", "what one network card sends, such as nic_bandwidth = \"400 Gb/s\"");
  if (spelled_out && network.nics == 0 && bandwidth)
    section.missing("nics", "the number of network cards per node, such as nics = 8");
  if (spelled_out && !latency) network.alpha = usual_nic_latency();
}

}  // namespace

void set_link_bandwidth(ScaleUpSpec& link, const Sourced<BytesPerSecond>& per_gpu) {
  const double share = link.one_peer.value / link.per_gpu.value;
  link.per_gpu = per_gpu;
  link.one_peer = per_gpu;
  link.one_peer.value = per_gpu.value * share;
}

void use_fewer_gpus(NodeSpec& node, int gpus) {
  ScaleUpSpec& link = node.scale_up;
  if (link.kind == ScaleUpKind::mesh && gpus < node.gpus && gpus > 1) {
    link.per_gpu.value = link.one_peer.value * static_cast<double>(gpus - 1);
    link.per_gpu.source += fmt::format("; {} links to the peers in use", gpus - 1);
  }
  node.gpus = gpus;
}

NodeSpec read_node(TomlSection& section, const NodeSpec* preset) {
  const bool spelled_out = preset == nullptr;
  NodeSpec node = spelled_out ? NodeSpec{} : *preset;
  if (const auto gpus = section.count("gpus", 1, limits::gpus_per_node, 8)) {
    if (spelled_out) {
      node.gpus = static_cast<int>(*gpus);
    } else if (*gpus > node.gpus) {
      section.fail("gpus",
                   fmt::format("the preset has {} GPUs per node; expected at most that many, or leave the "
                               "preset out and spell the node out (device, link, link_bandwidth, nics)",
                               node.gpus));
    } else {
      use_fewer_gpus(node, static_cast<int>(*gpus));
    }
  } else if (spelled_out) {
    section.missing("gpus",
                    "preset = \"dgx-h100\", or the GPUs per node of a node spelled out, such as gpus = 8");
  }
  if (const auto device = read_device(section, spelled_out ? nullptr : &node.device))
    node.device = *device;
  else if (spelled_out)
    section.missing("device", "device = \"h100-sxm\", or a table with its numbers");
  read_link(section, node, spelled_out);
  read_network(section, node, spelled_out);
  if (!read_sourced(section, "host_bandwidth", parse_bandwidth, "\"24 GB/s\"", node.host_link) && spelled_out)
    node.host_link = usual_host_link(BytesPerSecond(32e9));
  if (const auto complaint = complaint_about(node)) section.fail(complaint->key, complaint->message);
  return node;
}

const std::vector<std::string>& node_keys() {
  static const std::vector<std::string> keys{
      "gpus", "device",        "link",        "link_bandwidth", "one_peer_bandwidth", "link_latency",
      "nics", "nic_bandwidth", "nic_latency", "host_bandwidth", "gpus_per_socket",    "socket_bridge",
  };
  return keys;
}

}  // namespace costmodel
