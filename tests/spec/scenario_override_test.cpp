#include "costmodel/spec/scenario_override.h"

#include "tests/catch.h"
#include "tests/spec/scenario_samples.h"

using namespace costmodel;
using namespace costmodel::literals;
using samples::parsed;
using samples::Sections;

namespace {

Scenario changed(const std::string& key, const std::string& value, const Sections& sections = {}) {
  Scenario scenario = parsed(sections);
  apply_override(scenario, key, value);
  return scenario;
}

std::string refusal(const std::string& key, const std::string& value, const Sections& sections = {}) {
  return samples::message_of([&] { changed(key, value, sections); });
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("each key changes its number") {
  CHECK(changed("sequence", "1M").workload.sequence == 1048576);
  CHECK(changed("batch", "4").workload.batch == 4);
  CHECK(changed("mask", "sliding:4K").workload.mask == Mask{MaskKind::sliding, 4096});
  CHECK(changed("dtype", "fp16").workload.dtype == Dtype::fp16);
  CHECK(changed("phase", "forward").workload.phase == WorkPhase::forward);
  CHECK(changed("nodes", "64").cluster.gpu_count() == 512);
  CHECK(changed("gpus", "4").cluster.gpu_count() == 8);
  CHECK(changed("oversubscription", "2").cluster.fabric.oversubscription.value == 2.0);
  CHECK(changed("memory_reserve", "4 GiB").search.memory_reserve == 4_GiB);
  CHECK(changed("model", "llama-3-8b").model.kv_heads == 8);
  CHECK(changed("cluster", "dgx-h100").cluster.name == "dgx-h100");
  CHECK(changed("cluster", "dgx-h100").cluster.node_count() == 2);
  CHECK(changed("memory", "40 GiB").cluster.groups[0].node.device.memory.value == 40_GiB);
  const auto nic = changed("nic_bandwidth", "400 Gb/s").cluster.groups[0].node.scale_out.nic_bandwidth;
  CHECK(nic.value == 50_GBps);
  CHECK(nic.provenance == Provenance::given);
}

TEST_CASE("one peer of a mesh scales along with the links together") {
  const ScaleUpSpec link = changed("link_bandwidth", "700 GB/s", {.cluster = "preset = \"mi300x\""})
                               .cluster.groups[0]
                               .node.scale_up;
  CHECK(link.per_gpu.value == 700_GBps);
  CHECK(link.one_peer.value.value == Approx(100e9));
}

TEST_CASE("a bad override names its flag and leaves the scenario alone") {
  CHECK(refusal("sequence", "1X").starts_with("--sequence: cannot read \"1X\""));
  CHECK(contains(refusal("sequence", "0"), "out of range"));
  CHECK(contains(refusal("nodes", "0"), "from 1 to 131072"));
  CHECK(contains(refusal("nodes", "131073"), "from 1 to 131072"));
  CHECK(contains(refusal("model", "lama-7b"), "did you mean \"llama-7b\"?"));
  CHECK(contains(refusal("gpus", "9"), "from 1 to 8"));
  CHECK(contains(refusal("link_bandwidth", "0 GB/s"), "too small"));
  CHECK(contains(refusal("oversubscription", "0.5"), "too small"));
  CHECK(contains(refusal("sequnce", "1M"), "did you mean \"sequence\"?"));
  CHECK(contains(refusal("nodes", "1", {.cluster = "preset = \"dgx-h100\"\nnodes = 2\nplacement = [0, 8]"}),
                 "placed on GPU 8"));
  CHECK(
      contains(refusal("nodes", "4",
                       {.cluster = "[[cluster.group]]\ncount = 1\npreset = \"dgx-h100\"\n[[cluster.group]]\n"
                                   "count = 1\npreset = \"dgx-h200\""}),
               "2 kinds of nodes"));
  Scenario scenario = parsed(Sections{});
  CHECK_THROWS_AS(apply_override(scenario, "sequence", "0"), Error);
  CHECK(scenario.workload.sequence == 131072);
}

TEST_CASE("every override key is known to apply_override") {
  for (const std::string& key : override_keys()) CHECK(!contains(refusal(key, "?"), "cannot be changed"));
}

TEST_CASE("a plan that the file names by its alias follows the number of nodes") {
  Scenario scenario = parse_scenario(
      "[model]\npreset = \"llama-7b\"\n[cluster]\npreset = \"dgx-a100-80gb\"\nnodes = 1\n"
      "[workload]\nsequence = \"128K\"\n[plan]\nalias = \"burst\"\n",
      "s.toml", ".");
  REQUIRE(scenario.plan->ring == 8);
  apply_override(scenario, "nodes", "4");
  CHECK(scenario.plan->ring == 32);
  CHECK(scenario.plan->inner_ring == 8);
}
