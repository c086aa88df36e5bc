#include "cli/import_json.h"

#include <nlohmann/json.hpp>

#include "costmodel/spec/spec_text.h"

namespace cli {

using Json = nlohmann::ordered_json;

namespace {

std::string json_text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

// A straight line through the measured times: formula of link_fit.h.
Json measured(double value, const char* unit) {
  return {{"value", value}, {"unit", unit}, {"provenance", "measured"}};
}

template <class T>
Json sourced(const costmodel::Sourced<T>& number, const char* unit) {
  return {{"value", number.value.value},
          {"unit", unit},
          {"provenance", costmodel::name_of(number.provenance)},
          {"source", number.source}};
}

}  // namespace

std::string nccl_tests_json_text(const costmodel::NcclTestsLog& log, const costmodel::LinkFit& fit) {
  Json json;
  json["schema"] = "ringside/import/1";
  json["file"] = log.file;
  json["test"] = costmodel::name_of(log.test);
  json["ranks"] = log.ranks;
  json["nodes"] = log.nodes;
  json["device"] = log.device;
  json["link"] = costmodel::name_of(fit.link);
  json["bandwidth"] = measured(fit.bandwidth.value, "B/s");
  json["alpha"] =
      fit.alpha_known == costmodel::AlphaKnown::yes ? measured(fit.alpha.value, "s") : Json(nullptr);
  json["residual"] = fit.residual;
  json["worst"] = {{"residual", fit.worst}, {"size", fit.worst_size.value}, {"unit", "B"}};
  json["samples"] = fit.samples;
  json["toml"] = costmodel::link_fit_toml(log, fit);
  return json_text_of(json);
}

std::string topology_json_text(const costmodel::NcclTopology& topology,
                               const costmodel::TopologyNode& result) {
  const costmodel::NodeSpec& node = result.node;
  Json json;
  json["schema"] = "ringside/import/1";
  json["file"] = topology.file;
  json["gpus"] = node.gpus;
  json["device"] = {{"name", node.device.name},
                    {"provenance", costmodel::name_of(result.device_provenance)},
                    {"reason", result.device_reason}};
  json["link"] = costmodel::name_of(node.scale_up.kind);
  json["link_bandwidth"] = sourced(node.scale_up.per_gpu, "B/s");
  json["one_peer_bandwidth"] = sourced(node.scale_up.one_peer, "B/s");
  json["link_latency"] = sourced(node.scale_up.alpha, "s");
  json["nics"] = node.scale_out.nics;
  json["nic_bandwidth"] =
      node.scale_out.nics > 0 ? sourced(node.scale_out.nic_bandwidth, "B/s") : Json(nullptr);
  json["remarks"] = result.remarks;
  json["toml"] = costmodel::topology_toml(topology, result);
  return json_text_of(json);
}

}  // namespace cli
