#include "costmodel/spec/scenario_writer.h"

#include <filesystem>

#include "costmodel/spec/cluster_presets.h"
#include "costmodel/spec/model_presets.h"
#include "tests/catch.h"
#include "tests/spec/scenario_samples.h"

using namespace costmodel;
using samples::parsed;
using samples::Sections;

namespace {

void check_round_trip(const Scenario& scenario) {
  const std::string written = scenario_text(scenario);
  INFO(written);
  const Scenario read = parsed(written);
  REQUIRE(scenario_text(read) == written);
  CHECK(read.model.heads == scenario.model.heads);
  CHECK(read.cluster.name == scenario.cluster.name);
  CHECK(read.cluster.gpu_count() == scenario.cluster.gpu_count());
  for (std::size_t i = 0; i < scenario.cluster.groups.size(); ++i) {
    const NodeSpec& before = scenario.cluster.groups[i].node;
    const NodeSpec& after = read.cluster.groups.at(i).node;
    CHECK(after.device.name == before.device.name);
    CHECK(after.device.memory.value == before.device.memory.value);
    CHECK(after.device.tensor_rate.value == before.device.tensor_rate.value);
    CHECK(after.device.tensor_rate.source == before.device.tensor_rate.source);
    CHECK(after.scale_up.per_gpu.value == before.scale_up.per_gpu.value);
    CHECK(after.scale_up.one_peer.value == before.scale_up.one_peer.value);
    CHECK(after.scale_up.per_gpu.provenance == before.scale_up.per_gpu.provenance);
    CHECK(after.scale_up.alpha.value == before.scale_up.alpha.value);
    CHECK(after.scale_up.gpus_per_socket == before.scale_up.gpus_per_socket);
    CHECK(after.scale_up.socket_bridge.has_value() == before.scale_up.socket_bridge.has_value());
    CHECK(after.scale_out.nic_bandwidth.value == before.scale_out.nic_bandwidth.value);
    CHECK(after.host_link.value == before.host_link.value);
  }
  CHECK(read.workload.sequence == scenario.workload.sequence);
  CHECK(read.workload.mask == scenario.workload.mask);
  CHECK(read.search.memory_reserve == scenario.search.memory_reserve);
  CHECK(read.plan == scenario.plan);
  CHECK(read.placement == scenario.placement);
}

}  // namespace

TEST_CASE("scenarios of all presets are written and read back equal") {
  for (const std::string& model : model_preset_names())
    check_round_trip(parsed(Sections{.model = "preset = \"" + model + "\""}));
  for (const std::string& cluster : cluster_preset_names())
    check_round_trip(parsed(Sections{.cluster = "preset = \"" + cluster + "\"\nnodes = 3"}));
}

TEST_CASE("examples are written and read back equal") {
  int examples = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(RINGSIDE_SOURCE_DIR "/examples")) {
    if (entry.path().extension() != ".toml") continue;
    INFO(entry.path().string());
    check_round_trip(read_scenario(entry.path().string()));
    ++examples;
  }
  CHECK(examples >= 10);
}

TEST_CASE("everything that a scenario can hold is written and read back equal") {
  check_round_trip(parsed(Sections{
      .model = "name = \"quote \\\" backslash \\\\ tab \\t \u00FC \U0001F40E\"\nlayers = 2\nhidden = "
               "96\nheads = 6\nkv_heads = 2\n"
               "experts = 8\nactive_experts = 2\nexpert_ffn = 64\nvocab = 100\nembeddings = \"tied\"",
      .cluster = "oversubscription = 2.5\nplacement = [2, 0, 1]\n[[cluster.group]]\ncount = 2\npreset = "
                 "\"l40s-pcie\"\n"
                 "[[cluster.group]]\ncount = 1\npreset = \"mi300x\"\ngpus = 3",
      .workload =
          "phase = \"forward\"\nsequence = 100000\nbatch = 3\nmask = \"sliding:1000\"\ndtype = \"fp16\"",
      .more = "[search]\ntransport = [\"ring\", \"tensor\"]\nbackward = \"q\"\ngrad_dtype = [\"fp32\"]\ndata "
              "= [1, 2]\n"
              "[plan]\ntransport = \"hybrid\"\nulysses = 2\nring = 4\ninner_ring = 2\ncheckpoint = "
              "\"full\"\nzero = 3\n"
              "offload = \"optimizer\"\nfused_loss = \"yes\""}));
}
