#include "cli/scenario_json.h"

#include <type_traits>
#include <vector>

#include "costmodel/plan/plan_text.h"
#include "costmodel/spec/spec_text.h"

namespace cli {

using Json = nlohmann::ordered_json;

namespace {

template <class T>
Json sourced_json(const costmodel::Sourced<T>& number, const char* unit) {
  Json json;
  if constexpr (std::is_arithmetic_v<T>) {
    json["value"] = number.value;
  } else {
    json["value"] = number.value.value;
  }
  json["unit"] = unit;
  json["provenance"] = costmodel::name_of(number.provenance);
  json["source"] = number.source;
  return json;
}

Json model_json(const costmodel::ModelSpec& model) {
  Json json;
  json["name"] = model.name;
  json["layers"] = model.layers;
  json["hidden"] = model.hidden;
  json["heads"] = model.heads;
  json["kv_heads"] = model.kv_heads;
  json["head_dim"] = model.head_dim;
  json["ffn"] = model.ffn;
  json["feed_forward"] = costmodel::name_of(model.feed_forward);
  json["vocab"] = model.vocab;
  json["embeddings"] = costmodel::name_of(model.embeddings);
  json["experts"] = model.experts;
  json["active_experts"] = model.active_experts;
  json["expert_ffn"] = model.expert_ffn;
  json["source"] = model.source;
  return json;
}

Json device_json(const costmodel::DeviceSpec& device) {
  Json json;
  json["name"] = device.name;
  json["multiprocessors"] = sourced_json(device.multiprocessors, "1");
  json["tensor_rate"] = sourced_json(device.tensor_rate, "flop/s");
  json["fp8_rate"] = sourced_json(device.fp8_rate, "flop/s");
  json["vector_rate"] = sourced_json(device.vector_rate, "flop/s");
  json["memory"] = sourced_json(device.memory, "B");
  json["memory_bandwidth"] = sourced_json(device.memory_bandwidth, "B/s");
  return json;
}

Json node_json(const costmodel::NodeSpec& node) {
  Json json;
  json["gpus"] = node.gpus;
  json["device"] = device_json(node.device);
  json["link"] = costmodel::name_of(node.scale_up.kind);
  json["link_bandwidth"] = sourced_json(node.scale_up.per_gpu, "B/s");
  json["one_peer_bandwidth"] = sourced_json(node.scale_up.one_peer, "B/s");
  json["link_latency"] = sourced_json(node.scale_up.alpha, "s");
  json["gpus_per_socket"] = node.scale_up.gpus_per_socket;
  json["socket_bridge"] =
      node.scale_up.socket_bridge ? sourced_json(*node.scale_up.socket_bridge, "B/s") : Json(nullptr);
  json["nics"] = node.scale_out.nics;
  json["nic_bandwidth"] = sourced_json(node.scale_out.nic_bandwidth, "B/s");
  json["nic_latency"] = sourced_json(node.scale_out.alpha, "s");
  json["host_link"] = sourced_json(node.host_link, "B/s");
  return json;
}

Json cluster_json(const costmodel::Scenario& scenario) {
  const costmodel::ClusterSpec& cluster = scenario.cluster;
  Json json;
  json["name"] = cluster.name;
  json["nodes"] = cluster.node_count();
  json["gpus"] = cluster.gpu_count();
  json["groups"] = Json::array();
  for (const costmodel::NodeGroup& group : cluster.groups)
    json["groups"].push_back({{"count", group.count}, {"node", node_json(group.node)}});
  json["fabric"] = costmodel::name_of(cluster.fabric.kind);
  json["oversubscription"] = sourced_json(cluster.fabric.oversubscription, "1");
  json["nodes_per_leaf"] = cluster.fabric.nodes_per_leaf;
  json["placement"] = Json::array();
  for (const costmodel::DeviceId device : scenario.placement) json["placement"].push_back(device.value);
  return json;
}

template <class E>
Json names_json(const std::vector<E>& values) {
  Json list = Json::array();
  for (const E value : values) list.push_back(costmodel::name_of(value));
  return list;
}

Json search_json(const costmodel::SearchLimits& search) {
  Json json;
  json["transport"] = names_json(search.transports);
  json["layout"] = names_json(search.layouts);
  json["backward"] = names_json(search.backwards);
  json["grad_dtype"] = names_json(search.grad_dtypes);
  json["ulysses"] = search.ulysses;
  json["inner_ring"] = search.inner_rings;
  json["tensor"] = search.tensors;
  json["data"] = search.datas;
  json["forward"] = names_json(search.forwards);
  json["checkpoint"] = names_json(search.checkpoints);
  json["zero"] = search.zeros;
  json["offload"] = names_json(search.offloads);
  json["fused_loss"] = names_json(search.fused_losses);
  json["memory_reserve"] = {{"value", search.memory_reserve.value}, {"unit", "B"}};
  return json;
}

}  // namespace

Json scenario_json(const costmodel::Scenario& scenario) {
  Json json;
  json["name"] = scenario.name;
  json["model"] = model_json(scenario.model);
  json["cluster"] = cluster_json(scenario);
  json["workload"] = {{"phase", costmodel::name_of(scenario.workload.phase)},
                      {"sequence", scenario.workload.sequence},
                      {"batch", scenario.workload.batch},
                      {"accumulation", scenario.workload.accumulation},
                      {"cached", scenario.workload.cached},
                      {"logits", costmodel::name_of(scenario.workload.logits)},
                      {"mask", costmodel::mask_text(scenario.workload.mask)},
                      {"dtype", costmodel::name_of(scenario.workload.dtype)},
                      {"fp8", costmodel::name_of(scenario.workload.fp8)}};
  json["search"] = search_json(scenario.search);
  json["plan"] = scenario.plan ? Json(costmodel::axes_text(*scenario.plan)) : Json(nullptr);
  return json;
}

}  // namespace cli
