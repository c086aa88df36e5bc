#include "costmodel/spec/scenario_override.h"

#include <fmt/format.h>

#include <array>

#include "costmodel/base/error.h"
#include "costmodel/base/in_quotes.h"
#include "costmodel/base/unit_text.h"
#include "costmodel/plan/plan_alias.h"
#include "costmodel/spec/cluster_reader.h"
#include "costmodel/spec/model_reader.h"
#include "costmodel/spec/node_reader.h"
#include "costmodel/spec/scenario_reader.h"
#include "costmodel/spec/spec_limits.h"
#include "costmodel/spec/spec_text.h"

namespace costmodel {

namespace {

using Text = std::string_view;

template <class T>
Sourced<T> given(T value) {
  return {value, Provenance::given, ""};
}

void set_nodes(Scenario& s, Text value) {
  const auto nodes = static_cast<int>(parse_count(value, "the number of nodes", 1, limits::nodes));
  if (!s.cluster.uniform())
    throw Error(fmt::format(
        "the cluster has {} kinds of nodes; expected a cluster of equal nodes, or another count in a "
        "[[cluster.group]] of the file",
        s.cluster.groups.size()));
  s.cluster.groups.front().count = nodes;
}

void set_gpus(Scenario& s, Text value) {
  const auto gpus =
      static_cast<int>(parse_count(value, "the number of GPUs per node", 1, limits::gpus_per_node));
  for (NodeGroup& group : s.cluster.groups) {
    if (gpus > group.node.gpus)
      throw Error(fmt::format("a node has {} GPUs; expected a number from 1 to {}", group.node.gpus,
                              group.node.gpus));
    use_fewer_gpus(group.node, gpus);
  }
}

void set_nic_bandwidth(Scenario& s, Text value) {
  const BytesPerSecond bandwidth = parse_bandwidth(value);
  bool found = false;
  for (NodeGroup& group : s.cluster.groups) {
    if (group.node.scale_out.nics == 0) continue;
    group.node.scale_out.nic_bandwidth = given(bandwidth);
    found = true;
  }
  if (!found) throw Error("the nodes have no network cards; expected nics = 8 in [cluster] of the file");
}

void set_link_bandwidth_of_all(Scenario& s, Text value) {
  const BytesPerSecond bandwidth = parse_bandwidth(value);
  for (NodeGroup& group : s.cluster.groups) set_link_bandwidth(group.node.scale_up, given(bandwidth));
}

void set_memory(Scenario& s, Text value) {
  const Bytes memory = parse_bytes(value);
  for (NodeGroup& group : s.cluster.groups) group.node.device.memory = given(memory);
}

void set_cluster(Scenario& s, Text value) {
  const int nodes = s.cluster.node_count();
  s.cluster = cluster_preset(std::string(value));
  s.cluster.groups.front().count = nodes;
}

void set_batch(Scenario& s, Text value) {
  s.workload.batch = parse_count(value, "the batch", 1, limits::batch);
}

struct Override {
  Text key;
  void (*apply)(Scenario&, Text);
};

constexpr std::array overrides{
    Override{"sequence", [](Scenario& s, Text v) { s.workload.sequence = parse_tokens(v); }},
    Override{"batch", set_batch},
    Override{"accumulation",
             [](Scenario& s, Text v) {
               s.workload.accumulation = parse_count(v, "the number of micro-batches", 1, limits::batch);
             }},
    Override{"cached", [](Scenario& s, Text v) { s.workload.cached = parse_tokens(v); }},
    Override{"fp8", [](Scenario& s, Text v) { s.workload.fp8 = parse_fp8(v); }},
    Override{"logits", [](Scenario& s, Text v) { s.workload.logits = parse_logits(v); }},
    Override{"mask", [](Scenario& s, Text v) { s.workload.mask = parse_mask(v); }},
    Override{"dtype", [](Scenario& s, Text v) { s.workload.dtype = parse_dtype(v); }},
    Override{"phase", [](Scenario& s, Text v) { s.workload.phase = parse_work_phase(v); }},
    Override{"nodes", set_nodes},
    Override{"gpus", set_gpus},
    Override{"nic_bandwidth", set_nic_bandwidth},
    Override{"link_bandwidth", set_link_bandwidth_of_all},
    Override{"oversubscription",
             [](Scenario& s, Text v) { s.cluster.fabric.oversubscription = given(parse_number(v)); }},
    Override{"memory", set_memory},
    Override{"memory_reserve", [](Scenario& s, Text v) { s.search.memory_reserve = parse_bytes(v); }},
    Override{"model", [](Scenario& s, Text v) { s.model = model_preset(std::string(v)); }},
    Override{"cluster", set_cluster},
};

void check(const Scenario& scenario) {
  const auto refuse = [](const std::optional<Complaint>& complaint) {
    if (complaint) throw Error(complaint->message);
  };
  refuse(complaint_about(scenario.model));
  refuse(complaint_about(scenario.workload));
  refuse(complaint_about(scenario.cluster));
  for (const NodeGroup& group : scenario.cluster.groups) refuse(complaint_about(group.node));
  if (!scenario.placement.empty()) check_placement(scenario.placement, scenario.cluster);
}

}  // namespace

void apply_override(Scenario& scenario, const std::string& key, const std::string& value) {
  const InputLocation where{"", 0, 0, "--" + key};
  for (const Override& known : overrides) {
    if (known.key != key) continue;
    try {
      Scenario changed = scenario;
      known.apply(changed, value);
      check(changed);
      // An alias takes its degrees from the cluster and the heads: with other ones it is another plan.
      if (!changed.plan_text.empty()) changed.plan = plan_from_alias(changed.plan_text, changed);
      scenario = std::move(changed);
    } catch (const Error& error) {
      throw error.at(where);
    }
    return;
  }
  std::string list;
  for (const std::string& name : override_keys()) list += (list.empty() ? "" : ", ") + name;
  const std::string near = nearest_word(key.substr(0, 64), override_keys());
  throw Error(fmt::format("{} cannot be changed{}; expected one of: {}", in_quotes(key),
                          near.empty() ? "" : ", did you mean \"" + near + "\"?", list));
}

const std::vector<std::string>& override_keys() {
  static const std::vector<std::string> keys = [] {
    std::vector<std::string> names;
    for (const Override& known : overrides) names.emplace_back(known.key);
    return names;
  }();
  return keys;
}

}  // namespace costmodel
