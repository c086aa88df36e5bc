#include "costmodel/spec/spec_limits.h"

#include <fmt/format.h>

#include <algorithm>

#include "costmodel/base/error.h"
#include "costmodel/base/in_quotes.h"
#include "costmodel/base/unit_text.h"

namespace costmodel {

namespace {

using Answer = std::optional<Complaint>;

// Collects the first complaint; the checks below read as a list.
class Checks {
 public:
  void range(const char* key, std::int64_t value, std::int64_t smallest, std::int64_t largest,
             std::int64_t example) {
    if (value < smallest || value > largest)
      say(key, fmt::format("{} is out of range; expected from {} to {}, such as {}", value, smallest, largest,
                           example));
  }
  void rate(const char* key, BytesPerSecond value, const char* example) {
    within(key, value.value, 1e3, 1e16, exact_bandwidth(value), example);
  }
  void within(const char* key, double value, double smallest, double largest, const std::string& shown,
              const char* example) {
    if (!(value >= smallest))
      say(key, fmt::format("{} is too small; expected a value such as \"{}\"", shown, example));
    else if (!(value <= largest))
      say(key, fmt::format("{} is too large; expected a value such as \"{}\"", shown, example));
  }
  void that(bool holds, const char* key, const std::string& message) {
    if (!holds) say(key, message);
  }
  Answer first() const { return first_; }

 private:
  void say(const char* key, const std::string& message) {
    if (!first_) first_ = Complaint{key, message};
  }
  Answer first_;
};

}  // namespace

Answer complaint_about(const ModelSpec& m) {
  Checks check;
  check.range("layers", m.layers, 1, limits::layers, 32);
  check.range("hidden", m.hidden, 1, limits::width, 4096);
  check.range("heads", m.heads, 1, limits::heads, 32);
  check.range("kv_heads", m.kv_heads, 1, limits::heads, 8);
  check.that(
      m.kv_heads < 1 || m.heads % m.kv_heads == 0, "kv_heads",
      fmt::format(
          "{} heads cannot be shared evenly by {} key/value heads; expected a divisor of heads, such as {}",
          m.heads, m.kv_heads, m.heads));
  check.range("head_dim", m.head_dim, 1, limits::head_dim, 128);
  check.range("vocab", m.vocab, 1, limits::vocab, 32000);
  check.range("experts", m.experts, 0, limits::experts, 8);
  check.range("ffn", m.ffn, m.experts > 0 ? 0 : 1, limits::ffn, 11008);
  if (m.experts > 0) {
    check.range("active_experts", m.active_experts, 1, m.experts, std::min<std::int64_t>(2, m.experts));
    check.range("expert_ffn", m.expert_ffn, 1, limits::ffn, 14336);
  } else {
    check.that(m.active_experts == 0, "active_experts",
               "the model has no experts; set experts = 8 too, or leave it out");
    check.that(m.expert_ffn == 0, "expert_ffn",
               "the model has no experts; set experts = 8 too, or leave it out");
  }
  return check.first();
}

Answer complaint_about(const NodeSpec& node) {
  Checks check;
  const DeviceSpec& device = node.device;
  check.range("gpus", node.gpus, 1, limits::gpus_per_node, 8);
  check.range("device.multiprocessors", device.multiprocessors.value, 1, 100'000, 108);
  check.within("device.tensor_rate", device.tensor_rate.value.value, 1e6, 1e20,
               exact_flops_rate(device.tensor_rate.value), "312 TFLOP/s");
  check.within("device.fp8_rate", device.fp8_rate.value.value, 0, 1e20,
               exact_flops_rate(device.fp8_rate.value), "1979 TFLOP/s");
  check.within("device.vector_rate", device.vector_rate.value.value, 1e6, 1e20,
               exact_flops_rate(device.vector_rate.value), "19.5 TFLOP/s");
  check.within("device.memory", device.memory.value.value, 1e6, 1e16, exact_bytes(device.memory.value),
               "80 GiB");
  check.rate("device.memory_bandwidth", device.memory_bandwidth.value, "2 TB/s");
  const ScaleUpSpec& link = node.scale_up;
  check.rate("link_bandwidth", link.per_gpu.value, "240 GB/s");
  check.rate("one_peer_bandwidth", link.one_peer.value, "48 GB/s");
  check.that(link.one_peer.value <= link.per_gpu.value, "one_peer_bandwidth",
             fmt::format("{} to one peer is more than {} to all peers together; expected at most "
                         "link_bandwidth, such as \"{}\"",
                         exact_bandwidth(link.one_peer.value), exact_bandwidth(link.per_gpu.value),
                         exact_bandwidth(link.per_gpu.value)));
  check.within("link_latency", link.alpha.value.value, 0, 1, exact_seconds(link.alpha.value), "12 us");
  check.range("gpus_per_socket", link.gpus_per_socket, 0, node.gpus, std::max(1, node.gpus / 2));
  check.that(link.kind == ScaleUpKind::pcie || (link.gpus_per_socket == 0 && !link.socket_bridge),
             "gpus_per_socket",
             "sockets matter only on link = \"pcie\"; leave gpus_per_socket and socket_bridge out");
  check.that(
      link.gpus_per_socket == 0 || link.gpus_per_socket == node.gpus || link.socket_bridge.has_value(),
      "socket_bridge",
      "GPUs sit behind several sockets; expected the bandwidth between the sockets, such as \"40 GB/s\"");
  if (link.socket_bridge) check.rate("socket_bridge", link.socket_bridge->value, "40 GB/s");
  const ScaleOutSpec& network = node.scale_out;
  check.range("nics", network.nics, 0, limits::gpus_per_node, 8);
  if (network.nics > 0) check.rate("nic_bandwidth", network.nic_bandwidth.value, "400 Gb/s");
  check.within("nic_latency", network.alpha.value.value, 0, 1, exact_seconds(network.alpha.value), "22 us");
  check.rate("host_bandwidth", node.host_link.value, "24 GB/s");
  return check.first();
}

Answer complaint_about(const ClusterSpec& cluster) {
  Checks check;
  std::int64_t nodes = 0;
  std::int64_t gpus = 0;
  for (const NodeGroup& group : cluster.groups) {
    nodes += group.count;
    gpus += std::int64_t{group.count} * group.node.gpus;
  }
  check.range("nodes", nodes, 1, limits::nodes, 4);
  check.that(gpus <= limits::gpus, "nodes",
             fmt::format("{} nodes have {} GPUs together; expected at most {}, such as {} nodes", nodes, gpus,
                         limits::gpus,
                         std::max<std::int64_t>(1, nodes * limits::gpus / std::max<std::int64_t>(1, gpus))));
  for (const NodeGroup& group : cluster.groups)
    check.that(
        nodes <= 1 || group.node.scale_out.nics > 0, "nics",
        fmt::format("{} nodes need a network; expected the number of network cards per node, such as 8",
                    nodes));
  check.within("oversubscription", cluster.fabric.oversubscription.value, 1, 1000,
               exact_number(cluster.fabric.oversubscription.value), "1");
  check.range("nodes_per_leaf", cluster.fabric.nodes_per_leaf, 1, limits::nodes, 32);
  return check.first();
}

Answer complaint_about(const WorkloadSpec& workload) {
  Checks check;
  check.range("sequence", workload.sequence, 1, limits::sequence, 131072);
  check.range("batch", workload.batch, 1, limits::batch, 1);
  check.range("accumulation", workload.accumulation, 1, limits::batch, 1);
  check.that(
      workload.accumulation < 1 || workload.batch % workload.accumulation == 0, "accumulation",
      fmt::format("{} sequences cannot be accumulated over {} micro-batches; expected a divisor of batch",
                  workload.batch, workload.accumulation));
  check.range("cached", workload.cached, 0, limits::sequence, 65536);
  if (workload.mask.kind == MaskKind::sliding)
    check.range("mask", workload.mask.window, 1, limits::sequence, 4096);
  std::int64_t tokens = 0;
  for (const std::int64_t document : workload.mask.documents) tokens += std::min(document, limits::sequence);
  check.that(workload.mask.kind != MaskKind::documents || tokens == workload.sequence, "mask",
             fmt::format("the documents have {} tokens together, the sequence has {}; expected both alike",
                         format_tokens(tokens), format_tokens(workload.sequence)));
  return check.first();
}

std::string unknown_preset(std::string_view kind, const std::string& name,
                           const std::vector<std::string>& known) {
  std::string list;
  for (const std::string& candidate : known) list += (list.empty() ? "" : ", ") + candidate;
  const std::string near = nearest_word(name.substr(0, 64), known);
  return fmt::format("there is no {} preset {}{}; expected one of: {}", kind, in_quotes(name),
                     near.empty() ? "" : ", did you mean \"" + near + "\"?", list);
}

}  // namespace costmodel
