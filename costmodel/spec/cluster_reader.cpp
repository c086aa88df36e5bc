#include "costmodel/spec/cluster_reader.h"

#include "costmodel/base/unit_text.h"
#include "costmodel/spec/cluster_presets.h"
#include "costmodel/spec/node_reader.h"
#include "costmodel/spec/sourced_reader.h"
#include "costmodel/spec/spec_limits.h"

namespace costmodel {

namespace {

std::optional<ClusterSpec> read_preset(TomlSection& section) {
  return section.parsed(
      "preset", [](std::string_view name) { return cluster_preset(std::string(name)); }, "\"dgx-h100\"");
}

void read_fabric(TomlSection& section, FabricSpec& fabric) {
  if (const auto kind = section.parsed("fabric", parse_fabric_kind, "\"rail_optimised\""))
    fabric.kind = *kind;
  read_sourced(section, "oversubscription", parse_number, "2.0", fabric.oversubscription);
  if (const auto nodes = section.count("nodes_per_leaf", 1, limits::nodes, 32))
    fabric.nodes_per_leaf = static_cast<int>(*nodes);
}

// The node of a group or of [cluster]: its own preset, else the one around it, else spelled out.
NodeSpec read_node_of(TomlSection& section, const std::optional<ClusterSpec>& preset) {
  return read_node(section, preset ? &preset->groups.front().node : nullptr);
}

std::vector<NodeGroup> read_groups(std::vector<TomlSection>& sections,
                                   const std::optional<ClusterSpec>& preset) {
  std::vector<NodeGroup> groups;
  for (TomlSection& section : sections) {
    const auto own_preset = read_preset(section);
    const auto count = section.count("count", 1, limits::nodes, 2);
    groups.push_back({1, read_node_of(section, own_preset ? own_preset : preset)});
    if (!count) section.missing("count", "the number of nodes of this kind, such as count = 2");
    groups.back().count = static_cast<int>(*count);
    section.finish();
  }
  return groups;
}

}  // namespace

const ClusterSpec& cluster_preset(const std::string& name) {
  if (const ClusterSpec* cluster = find_cluster_preset(name)) return *cluster;
  throw Error(unknown_preset("cluster", name, cluster_preset_names()));
}

ClusterSpec read_cluster(TomlSection& section) {
  const auto preset = read_preset(section);
  ClusterSpec cluster = preset.value_or(ClusterSpec{});
  if (const auto name = section.text("name", "\"my-cluster\"")) cluster.name = *name;
  if (cluster.name.empty()) cluster.name = "cluster";
  read_fabric(section, cluster.fabric);
  const auto nodes = section.count("nodes", 1, limits::nodes, 4);
  auto groups = section.sections("group");
  if (groups.empty()) {
    cluster.groups = {{static_cast<int>(nodes.value_or(1)), read_node_of(section, preset)}};
  } else {
    if (nodes)
      section.fail(
          "nodes",
          "nodes that differ are counted in their groups; write count = 2 in each [[cluster.group]]");
    for (const std::string& key : node_keys())
      if (section.has(key))
        section.fail(
            key,
            "nodes that differ are described in their groups; move this key into each [[cluster.group]]");
    cluster.groups = read_groups(groups, preset);
  }
  if (const auto complaint = complaint_about(cluster)) section.fail(complaint->key, complaint->message);
  return cluster;
}

}  // namespace costmodel
