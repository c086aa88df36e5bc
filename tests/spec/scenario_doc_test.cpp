// docs/scenario.md names every key, value and preset that the code knows, with the numbers of the code.
#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "costmodel/base/unit_text.h"
#include "costmodel/plan/plan_text.h"
#include "costmodel/spec/cluster_presets.h"
#include "costmodel/spec/device_presets.h"
#include "costmodel/spec/model_presets.h"
#include "costmodel/spec/node_reader.h"
#include "costmodel/spec/spec_text.h"
#include "tests/catch.h"

using namespace costmodel;

namespace {

std::string document() {
  std::ifstream file(RINGSIDE_SOURCE_DIR "/docs/scenario.md");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string row(const ModelSpec& m) {
  const std::string feed_forward =
      m.experts > 0 ? fmt::format("{} of {} experts, {}", m.active_experts, m.experts, m.expert_ffn)
                    : fmt::format("{} {}", m.ffn, name_of(m.feed_forward));
  return fmt::format("| `{}` | {} | {} | {} / {} x {} | {} | {} |\n", m.name, m.layers, m.hidden, m.heads,
                     m.kv_heads, m.head_dim, feed_forward, m.vocab);
}

std::string row(const ClusterSpec& c) {
  const NodeSpec& node = c.groups.front().node;
  const ScaleUpSpec& link = node.scale_up;
  const std::string one_peer =
      link.one_peer.value < link.per_gpu.value ? ", one peer " + format_bandwidth(link.one_peer.value) : "";
  return fmt::format("| `{}` | {} x {} | {} {}{} ({}) | {} x {} ({}), {} |\n", c.name, node.gpus,
                     node.device.name, name_of(link.kind), format_bandwidth(link.per_gpu.value), one_peer,
                     name_of(link.per_gpu.provenance), node.scale_out.nics,
                     format_bandwidth(node.scale_out.nic_bandwidth.value),
                     name_of(node.scale_out.nic_bandwidth.provenance), name_of(c.fabric.kind));
}

std::string row(const DeviceSpec& d) {
  return fmt::format("| `{}` | {} | {} | {} | {} |\n", d.name, format_flops_rate(d.tensor_rate.value),
                     format_bytes(d.memory.value), format_bandwidth(d.memory_bandwidth.value),
                     name_of(d.tensor_rate.provenance));
}

}  // namespace

TEST_CASE("the document of the scenario file has a row for every preset") {
  const std::string text = document();
  const auto check = [&text](const std::string& line) {
    INFO(line);
    CHECK(text.find(line) != std::string::npos);
  };
  for (const ModelSpec& model : model_presets()) check(row(model));
  for (const ClusterSpec& cluster : cluster_presets()) check(row(cluster));
  for (const DeviceSpec& device : device_presets()) check(row(device));
}

TEST_CASE("the document of the scenario file names every key of nodes and plans") {
  const std::string text = document();
  for (const auto& keys : {node_keys(), axis_keys()})
    for (const std::string& key : keys) {
      INFO(key);
      CHECK(text.find("`" + key + "`") != std::string::npos);
    }
}
