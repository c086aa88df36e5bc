#include "costmodel/spec/scenario_reader.h"

#include "costmodel/spec/cluster_presets.h"
#include "tests/catch.h"
#include "tests/spec/scenario_samples.h"

using namespace costmodel;
using namespace costmodel::literals;
using samples::parsed;
using samples::Sections;

TEST_CASE("the scenario of the readme is read with its defaults") {
  const Scenario s = parsed(Sections{});
  CHECK(s.name == "s.toml");
  CHECK(s.model.name == "llama-7b");
  CHECK(s.cluster.gpu_count() == 16);
  CHECK(s.workload.phase == WorkPhase::forward_backward);
  CHECK(s.workload.sequence == 131072);
  CHECK(s.workload.batch == 1);
  CHECK(s.workload.mask == Mask{MaskKind::causal, 0});
  CHECK(s.workload.dtype == Dtype::bf16);
  CHECK(s.search.memory_reserve == 2_GiB);
  CHECK(!s.plan.has_value());
  CHECK(s.placement.empty());
}

TEST_CASE("single numbers replace those of a preset and count as given") {
  const Scenario s = parsed(Sections{.model = "preset = \"llama-7b\"\nlayers = 16",
                                     .cluster = "preset = \"dgx-a100-80gb\"\nnic_bandwidth = \"100 Gb/s\"\n"
                                                "link_bandwidth = \"200 GB/s\"\ndevice.memory = \"64 GiB\""});
  CHECK(s.model.layers == 16);
  CHECK(s.model.hidden == 4096);
  CHECK(s.model.source.find("given: layers") != std::string::npos);
  const NodeSpec& node = s.cluster.groups.at(0).node;
  CHECK(node.scale_out.nic_bandwidth.value == 12.5_GBps);
  CHECK(node.scale_out.nic_bandwidth.provenance == Provenance::given);
  CHECK(node.scale_up.one_peer.value == 200_GBps);
  CHECK(node.device.memory.value == 64_GiB);
  CHECK(node.device.memory.provenance == Provenance::given);
  CHECK(node.device.tensor_rate.provenance == Provenance::datasheet);
  CHECK(node.device.name == "a100-sxm-80gb");
}

TEST_CASE("a number may carry its provenance") {
  const Scenario s =
      parsed(Sections{.cluster = "preset = \"dgx-h100\"\nnic_bandwidth = { value = \"45 GB/s\", "
                                 "provenance = \"published\", source = \"a report\" }"});
  const auto& nic = s.cluster.groups.at(0).node.scale_out.nic_bandwidth;
  CHECK(nic.value == 45_GBps);
  CHECK(nic.provenance == Provenance::published);
  CHECK(nic.source == "a report");
}

TEST_CASE("a model and a node can be spelled out") {
  const Scenario s = parsed(Sections{
      .model = "layers = 2\nhidden = 1024\nheads = 16\nffn = 4096\nvocab = 1000\nfeed_forward = \"plain\"",
      .cluster = "gpus = 4\nlink = \"mesh\"\nlink_bandwidth = \"150 GB/s\"\n[cluster.device]\n"
                 "multiprocessors = 100\ntensor_rate = \"100 TFLOP/s\"\nmemory = \"32 GB\"\n"
                 "memory_bandwidth = \"1 TB/s\""});
  CHECK(s.model.kv_heads == 16);
  CHECK(s.model.head_dim == 64);
  CHECK(s.model.feed_forward == FeedForward::plain);
  const NodeSpec& node = s.cluster.groups.at(0).node;
  CHECK(node.scale_up.one_peer.value == 50_GBps);
  CHECK(node.scale_up.alpha.provenance == Provenance::assumed);
  CHECK(node.device.fp8_rate.value.value == 0);
  CHECK(node.device.vector_rate.provenance == Provenance::assumed);
  CHECK(node.scale_out.nics == 0);
}

TEST_CASE("fewer GPUs of a mesh have fewer links") {
  const Scenario s = parsed(Sections{.cluster = "preset = \"mi300x\"\ngpus = 4"});
  const ScaleUpSpec& link = s.cluster.groups.at(0).node.scale_up;
  CHECK(link.per_gpu.value == 144_GBps);
  CHECK(link.one_peer.value == 48_GBps);
}

TEST_CASE("one GPU per node needs no link") {
  const Scenario s = parsed(
      Sections{.cluster = "nodes = 4\ngpus = 1\ndevice = \"l40s\"\nnics = 1\nnic_bandwidth = \"100 Gb/s\""});
  CHECK(s.cluster.gpu_count() == 4);
}

TEST_CASE("nodes may differ") {
  const Scenario s =
      parsed(Sections{.cluster = "fabric = \"fat_tree\"\n[[cluster.group]]\ncount = 2\npreset = "
                                 "\"dgx-h100\"\n[[cluster.group]]\ncount = 3\npreset = \"dgx-h200\"\n"
                                 "nics = 4"});
  CHECK(s.cluster.node_count() == 5);
  CHECK(s.cluster.gpu_count() == 40);
  CHECK(!s.cluster.uniform());
  CHECK(s.cluster.node(NodeId(4)).scale_out.nics == 4);
  CHECK(s.cluster.fabric.kind == FabricKind::fat_tree);
}

TEST_CASE("search limits take one value or a list") {
  const Scenario s =
      parsed(Sections{.more = "[search]\ntransport = [\"ring\", \"hybrid\"]\nlayout = \"zigzag\"\n"
                              "ulysses = [1, 8]\ninner_ring = 4\nmemory_reserve = \"4 GiB\""});
  CHECK(s.search.transports == std::vector{Transport::ring, Transport::hybrid});
  CHECK(s.search.layouts == std::vector{Layout::zigzag});
  CHECK(s.search.ulysses == std::vector{1, 8});
  CHECK(s.search.inner_rings == std::vector{4});
  CHECK(s.search.memory_reserve == 4_GiB);
}

TEST_CASE("a plan is an alias, axes or an alias with axes") {
  const Scenario axes =
      parsed(Sections{.more = "[plan]\ntransport = \"ring\"\nring = 16\nlayout = \"striped\""});
  REQUIRE(axes.plan.has_value());
  CHECK(axes.plan->ring == 16);
  CHECK(axes.plan->layout == Layout::striped);
  const Scenario alias = parsed(Sections{.more = "[plan]\nalias = \"ring\"\ngrad_dtype = \"fp32\""});
  REQUIRE(alias.plan.has_value());
  CHECK(alias.plan->transport == Transport::ring);
  CHECK(alias.plan->grad_dtype == GradDtype::fp32);
}

TEST_CASE("placement names the GPU of each rank") {
  const Scenario s = parsed(Sections{.cluster = "preset = \"dgx-h100\"\nplacement = [3, 1, 2]"});
  CHECK(s.placement == std::vector{DeviceId(3), DeviceId(1), DeviceId(2)});
}

TEST_CASE("byte order mark and carriage returns are accepted") {
  std::string toml = "\xEF\xBB\xBF";
  for (const char c : samples::text({})) toml += c == '\n' ? std::string("\r\n") : std::string(1, c);
  CHECK(parsed(toml).workload.sequence == 131072);
}

TEST_CASE("every cluster preset makes a scenario") {
  for (const std::string& name : cluster_preset_names()) {
    INFO(name);
    CHECK(parsed(Sections{.cluster = "preset = \"" + name + "\"\nnodes = 2"}).cluster.node_count() == 2);
  }
}
