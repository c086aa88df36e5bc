// What a spec must obey whoever filled it in: a file, a flag, a config.json, the GUI.
//
// A complaint names the key of the scenario file that is wrong; who reads knows its place.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "costmodel/spec/cluster_spec.h"
#include "costmodel/spec/model_spec.h"
#include "costmodel/spec/workload_spec.h"

namespace costmodel {

namespace limits {
constexpr std::int64_t layers = 10'000;
constexpr std::int64_t width = 1'000'000;  // hidden
constexpr std::int64_t ffn = 10'000'000;
constexpr std::int64_t heads = 100'000;
constexpr std::int64_t head_dim = 4'096;
constexpr std::int64_t vocab = 10'000'000;
constexpr std::int64_t experts = 100'000;
constexpr int gpus_per_node = 1'024;
constexpr int nodes = 131'072;
constexpr int gpus = 1'048'576;
constexpr std::int64_t sequence = std::int64_t{1} << 40;
constexpr std::int64_t batch = std::int64_t{1} << 20;
}  // namespace limits

struct Complaint {
  std::string key;  // "heads", "nic_bandwidth"
  std::string message;
};

std::optional<Complaint> complaint_about(const ModelSpec& model);
std::optional<Complaint> complaint_about(const NodeSpec& node);
std::optional<Complaint> complaint_about(
    const ClusterSpec& cluster);  // of the whole; nodes are not looked at
std::optional<Complaint> complaint_about(const WorkloadSpec& workload);

// "there is no model preset "lama-7b"; did you mean "llama-7b"?  Known: ...": `kind` is model, device or
// cluster.
std::string unknown_preset(std::string_view kind, const std::string& name,
                           const std::vector<std::string>& known);

}  // namespace costmodel
