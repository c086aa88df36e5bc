#include "costmodel/spec/scenario_writer.h"

#include <fmt/format.h>

#include <filesystem>
#include <string_view>

#include "costmodel/base/toml_document.h"
#include "costmodel/base/unit_text.h"
#include "costmodel/plan/plan_text.h"
#include "costmodel/spec/spec_text.h"

namespace costmodel {

namespace {

// Lines of "key = value" under section headers.
class Writer {
 public:
  void header(std::string_view line) { text_ += (text_.empty() ? "" : "\n") + std::string(line) + "\n"; }
  void raw(std::string_view key, std::string_view value) { text_ += fmt::format("{} = {}\n", key, value); }
  void text(std::string_view key, std::string_view value) { raw(key, toml_text(value)); }
  void number(std::string_view key, std::int64_t value) { raw(key, std::to_string(value)); }

  // A value with its birth certificate; one that the user gave needs none.
  template <class T, class Format>
  void sourced(std::string_view key, const Sourced<T>& number, Format format) {
    const std::string value = format(number.value);
    if (number.provenance == Provenance::given && number.source.empty())
      raw(key, value);
    else
      raw(key, fmt::format("{{ value = {}, provenance = {}, source = {} }}", value,
                           toml_text(name_of(number.provenance)), toml_text(number.source)));
  }

  template <class T, class Format>
  void list(std::string_view key, const std::vector<T>& values, Format format) {
    if (values.empty()) return;
    std::string items;
    for (const T& value : values) items += (items.empty() ? "" : ", ") + format(value);
    raw(key, "[" + items + "]");
  }

  const std::string& result() const { return text_; }

 private:
  std::string text_;
};

std::string bandwidth(BytesPerSecond value) { return toml_text(exact_bandwidth(value)); }
std::string rate(FlopsPerSecond value) { return toml_text(exact_flops_rate(value)); }
std::string time(Seconds value) { return toml_text(exact_seconds(value)); }
std::string bytes(Bytes value) { return toml_text(exact_bytes(value)); }
std::string whole(int value) { return std::to_string(value); }

void write_model(Writer& out, const ModelSpec& model) {
  out.header("[model]");
  out.text("name", model.name);
  out.number("layers", model.layers);
  out.number("hidden", model.hidden);
  out.number("heads", model.heads);
  out.number("kv_heads", model.kv_heads);
  out.number("head_dim", model.head_dim);
  out.number("ffn", model.ffn);
  out.text("feed_forward", name_of(model.feed_forward));
  out.number("vocab", model.vocab);
  out.text("embeddings", name_of(model.embeddings));
  if (model.experts == 0) return;
  out.number("experts", model.experts);
  out.number("active_experts", model.active_experts);
  out.number("expert_ffn", model.expert_ffn);
}

void write_node(Writer& out, const NodeSpec& node, std::string_view section) {
  out.number("gpus", node.gpus);
  const ScaleUpSpec& link = node.scale_up;
  out.text("link", name_of(link.kind));
  out.sourced("link_bandwidth", link.per_gpu, bandwidth);
  out.sourced("one_peer_bandwidth", link.one_peer, bandwidth);
  out.sourced("link_latency", link.alpha, time);
  if (link.gpus_per_socket > 0) out.number("gpus_per_socket", link.gpus_per_socket);
  if (link.socket_bridge) out.sourced("socket_bridge", *link.socket_bridge, bandwidth);
  const ScaleOutSpec& network = node.scale_out;
  out.number("nics", network.nics);
  if (network.nics > 0) out.sourced("nic_bandwidth", network.nic_bandwidth, bandwidth);
  out.sourced("nic_latency", network.alpha, time);
  out.sourced("host_bandwidth", node.host_link, bandwidth);
  const DeviceSpec& device = node.device;
  out.header(fmt::format("[{}.device]", section));
  out.text("name", device.name);
  out.sourced("multiprocessors", device.multiprocessors, whole);
  out.sourced("tensor_rate", device.tensor_rate, rate);
  out.sourced("fp8_rate", device.fp8_rate, rate);
  out.sourced("vector_rate", device.vector_rate, rate);
  out.sourced("memory", device.memory, bytes);
  out.sourced("memory_bandwidth", device.memory_bandwidth, bandwidth);
}

void write_cluster(Writer& out, const Scenario& scenario) {
  const ClusterSpec& cluster = scenario.cluster;
  out.header("[cluster]");
  out.text("name", cluster.name);
  out.text("fabric", name_of(cluster.fabric.kind));
  out.sourced("oversubscription", cluster.fabric.oversubscription, exact_number);
  out.number("nodes_per_leaf", cluster.fabric.nodes_per_leaf);
  // Read again from anywhere, a relative path would be another file.
  if (!scenario.calibration_file.empty())
    out.text("calibration", std::filesystem::absolute(scenario.calibration_file).string());
  out.list("placement", scenario.placement, [](DeviceId device) { return std::to_string(device.value); });
  if (cluster.uniform()) {
    out.number("nodes", cluster.groups.front().count);
    write_node(out, cluster.groups.front().node, "cluster");
    return;
  }
  for (const NodeGroup& group : cluster.groups) {
    out.header("[[cluster.group]]");
    out.number("count", group.count);
    write_node(out, group.node, "cluster.group");
  }
}

void write_workload(Writer& out, const WorkloadSpec& workload) {
  out.header("[workload]");
  out.text("phase", name_of(workload.phase));
  out.text("sequence", format_tokens(workload.sequence));
  out.number("batch", workload.batch);
  out.number("accumulation", workload.accumulation);
  out.text("cached", format_tokens(workload.cached));
  out.text("logits", name_of(workload.logits));
  out.text("mask", mask_text(workload.mask));
  out.text("dtype", name_of(workload.dtype));
  out.text("fp8", name_of(workload.fp8));
}

void write_search(Writer& out, const SearchLimits& search) {
  const auto named = [](auto value) { return toml_text(name_of(value)); };
  out.header("[search]");
  out.list("transport", search.transports, named);
  out.list("layout", search.layouts, named);
  out.list("backward", search.backwards, named);
  out.list("grad_dtype", search.grad_dtypes, named);
  out.list("ulysses", search.ulysses, whole);
  out.list("inner_ring", search.inner_rings, whole);
  out.list("tensor", search.tensors, whole);
  out.list("data", search.datas, whole);
  out.list("forward", search.forwards, named);
  out.list("checkpoint", search.checkpoints, named);
  out.list("zero", search.zeros, whole);
  out.list("offload", search.offloads, named);
  out.list("fused_loss", search.fused_losses, named);
  out.raw("memory_reserve", bytes(search.memory_reserve));
}

void write_plan(Writer& out, const Plan& plan) {
  out.header("[plan]");
  for (const auto& [axis, value] : axes_of(plan)) {
    const bool is_number = value.find_first_not_of("0123456789") == std::string::npos;
    out.raw(axis, is_number ? value : toml_text(value));
  }
}

}  // namespace

std::string scenario_text(const Scenario& scenario) {
  Writer out;
  write_model(out, scenario.model);
  write_cluster(out, scenario);
  write_workload(out, scenario.workload);
  write_search(out, scenario.search);
  if (scenario.plan) write_plan(out, *scenario.plan);
  return out.result();
}

}  // namespace costmodel
