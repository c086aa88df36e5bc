#include <set>

#include "costmodel/spec/cluster_presets.h"
#include "costmodel/spec/device_presets.h"
#include "costmodel/spec/model_presets.h"
#include "tests/catch.h"

using namespace costmodel;
using namespace costmodel::literals;

namespace {

// Parameters without norms and biases: enough to notice a wrong digit in a row.
double parameters(const ModelSpec& m) {
  const auto product = [](std::int64_t a, std::int64_t b) {
    return static_cast<double>(a) * static_cast<double>(b);
  };
  const double matrices = m.feed_forward == FeedForward::gated ? 3 : 2;
  const double attention = product(m.hidden, 2 * m.query_width() + 2 * m.kv_width());
  const double dense = matrices * product(m.hidden, m.ffn);
  const double experts = matrices * product(m.hidden, m.expert_ffn) * static_cast<double>(m.experts);
  const double embeddings = product(m.vocab, m.hidden) * (m.embeddings == Embeddings::tied ? 1 : 2);
  return static_cast<double>(m.layers) * (attention + dense + experts) + embeddings;
}

template <class T>
bool has_certificate(const Sourced<T>& number) {
  return number.provenance != Provenance::given && !number.source.empty();
}

}  // namespace

TEST_CASE("model presets have the size that their name says") {
  const std::vector<std::pair<const char*, double>> sizes{
      {"llama-7b", 6.74e9},        {"llama-13b", 13.0e9},       {"llama-30b", 32.5e9},
      {"llama-65b", 65.3e9},       {"llama-2-70b", 69.0e9},     {"llama-3-8b", 8.03e9},
      {"llama-3-70b", 70.6e9},     {"llama-3.1-405b", 405.9e9}, {"llama-3.2-1b", 1.24e9},
      {"mistral-7b", 7.24e9},      {"mixtral-8x7b", 46.7e9},    {"qwen-14b", 14.2e9},
      {"qwen2.5-7b", 7.62e9},      {"qwen3-8b", 8.19e9},        {"qwen3-32b", 32.8e9},
      {"qwen3-30b-a3b", 30.5e9},   {"gpt-2-xl", 1.56e9},        {"gpt-3-175b", 174.6e9},
      {"burstengine-14b", 13.9e9},
  };
  CHECK(sizes.size() == model_presets().size());
  for (const auto& [name, size] : sizes) {
    INFO(name);
    const ModelSpec* model = find_model_preset(name);
    REQUIRE(model != nullptr);
    CHECK(parameters(*model) == Approx(size).epsilon(0.012));
    CHECK(model->heads % model->kv_heads == 0);
    CHECK(!model->source.empty());
  }
  CHECK(find_model_preset("llama-8b") == nullptr);
}

TEST_CASE("every hardware number has a provenance and a source") {
  for (const DeviceSpec& device : device_presets()) {
    INFO(device.name);
    CHECK(has_certificate(device.multiprocessors));
    CHECK(has_certificate(device.tensor_rate));
    CHECK(has_certificate(device.fp8_rate));
    CHECK(has_certificate(device.vector_rate));
    CHECK(has_certificate(device.memory));
    CHECK(has_certificate(device.memory_bandwidth));
    // A CPU core has no matrix units.
    CHECK((device.tensor_rate.value > device.vector_rate.value) == (device.name != "cpu-core"));
  }
  for (const ClusterSpec& cluster : cluster_presets()) {
    INFO(cluster.name);
    REQUIRE(cluster.groups.size() == 1);
    const NodeSpec& node = cluster.groups[0].node;
    CHECK(has_certificate(node.scale_up.per_gpu));
    CHECK(has_certificate(node.scale_up.one_peer));
    CHECK(has_certificate(node.scale_up.alpha));
    CHECK(has_certificate(node.scale_out.nic_bandwidth));
    CHECK(has_certificate(node.scale_out.alpha));
    CHECK(has_certificate(node.host_link));
    CHECK(node.scale_up.one_peer.value <= node.scale_up.per_gpu.value);
    if (node.scale_up.kind == ScaleUpKind::mesh) {
      CHECK(node.scale_up.per_gpu.value.value ==
            Approx(node.scale_up.one_peer.value.value * (node.gpus - 1)));
    } else {
      CHECK(node.scale_up.per_gpu.value == node.scale_up.one_peer.value);
    }
    CHECK(node.gpus * cluster.groups[0].count == cluster.gpu_count());
  }
}

TEST_CASE("preset names are unique and there are enough of them") {
  for (const auto& names : {model_preset_names(), device_preset_names(), cluster_preset_names()}) {
    CHECK(names.size() >= 12);
    CHECK(std::set<std::string>(names.begin(), names.end()).size() == names.size());
  }
}

TEST_CASE("known nodes have the published figures") {
  const NodeSpec& a800 = find_cluster_preset("a800-4nic")->groups[0].node;
  CHECK(a800.scale_out.nics == 4);
  CHECK(a800.scale_out.nic_bandwidth.value == 21.3_GBps);
  CHECK(a800.scale_out.nic_bandwidth.provenance == Provenance::published);
  const NodeSpec& pcie = find_cluster_preset("a100-pcie-80gb")->groups[0].node;
  CHECK(pcie.scale_up.one_peer.value == 5.1_GBps);
  CHECK(pcie.scale_up.one_peer.provenance == Provenance::published);
  CHECK(find_cluster_preset("gb200-nvl72")->gpu_count() == 72);
  CHECK(find_cluster_preset("dgx-a100-80gb")->groups[0].node.device.memory.value == 80_GiB);
}
