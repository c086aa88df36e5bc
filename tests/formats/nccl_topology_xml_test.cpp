#include "costmodel/formats/nccl_topology_xml.h"

#include "costmodel/base/error.h"
#include "costmodel/formats/nccl_topology_node.h"
#include "costmodel/spec/scenario_reader.h"
#include "tests/catch.h"

using namespace costmodel;

namespace {

const std::string samples = std::string(RINGSIDE_SOURCE_DIR) + "/examples/import/";

struct GpuText {
  std::string bus;
  std::string sm = "80";
  std::string inside;  // nvlink elements
  std::string device;
};

std::string node_text(const std::vector<GpuText>& gpus, const std::string& more = {}, int domains = 1) {
  std::string text = "<system version=\"1\">\n";
  for (int domain = 0; domain < domains; ++domain) {
    text += "<cpu numaid=\"" + std::to_string(domain) + "\" arch=\"x86_64\">\n";
    for (std::size_t i = 0; i < gpus.size(); ++i)
      if (static_cast<int>(i * static_cast<std::size_t>(domains) / gpus.size()) == domain)
        text += "<pci busid=\"" + gpus[i].bus + "\" device=\"" + gpus[i].device +
                "\" link_speed=\"16.0 GT/s PCIe\" link_width=\"16\"><gpu dev=\"" + std::to_string(i) +
                "\" sm=\"" + gpus[i].sm + "\" rank=\"0\" gdr=\"1\">" + gpus[i].inside + "</gpu></pci>\n";
    if (domain == 0) text += more;
    text += "</cpu>\n";
  }
  return text + "</system>\n";
}

std::string link_to(const std::string& bus, int count, const std::string& tclass) {
  return "<nvlink target=\"" + bus + "\" count=\"" + std::to_string(count) + "\" tclass=\"" + tclass + "\"/>";
}

std::string net(const std::string& name, int megabits, int direct) {
  return "<nic><net name=\"" + name + "\" speed=\"" + std::to_string(megabits) + "\" gdr=\"" +
         std::to_string(direct) + "\"/></nic>";
}

TopologyNode made(const std::string& text, const std::string& device = {}) {
  return node_from_topology(parse_nccl_topology_xml(text, "x.xml"), device);
}

bool says(const std::string& text, const std::string& part, const std::string& device = {}) {
  std::string message = "nothing";
  try {
    made(text, device);
  } catch (const Error& error) {
    message = error.what();
  }
  INFO(message);
  CHECK(message.find(part) != std::string::npos);
  return message.find(part) != std::string::npos;
}

bool remarks_say(const TopologyNode& result, const std::string& part) {
  for (const std::string& remark : result.remarks)
    if (remark.find(part) != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE("the example dump is eight H100 behind NVSwitch with a card each") {
  const NcclTopology topology = read_nccl_topology_xml(samples + "node-8xh100.xml");
  CHECK(topology.gpus.size() == 8);
  CHECK(topology.nics.size() == 9);
  CHECK(topology.domains == 2);
  CHECK(topology.hosts == 1);
  const TopologyNode result = node_from_topology(topology);
  CHECK(result.node.device.name == "h100-sxm");
  CHECK(result.device_provenance == Provenance::published);
  CHECK(result.node.scale_up.kind == ScaleUpKind::nvlink_switch);
  CHECK(result.node.scale_up.per_gpu.value.value == Approx(18 * 20.6e9));
  CHECK(result.node.scale_out.nics == 8);  // eth0 is left out
  CHECK(remarks_say(result, "eth0"));
  CHECK(result.node.scale_out.nic_bandwidth.value.value == Approx(47e9));
  CHECK(result.node.host_link.value.value == Approx(0.75 * 32e9 * 16 / 8 * 128 / 130));

  const Scenario scenario =
      parse_scenario("[model]\npreset = \"llama-7b\"\n[workload]\nsequence = \"128K\"\n[cluster]\n" +
                         topology_toml(topology, result),
                     "made.toml", ".");
  const NodeSpec& node = scenario.cluster.groups.front().node;
  CHECK(node.gpus == 8);
  CHECK(node.device.name == "h100-sxm");
  CHECK(node.scale_up.per_gpu.value.value == Approx(370.8e9));
  CHECK(node.scale_out.nics == 8);
}

TEST_CASE("a switch that the host does not see has the bus id of all ones") {
  const std::string link = link_to("fffffff:ff:ff.0", 18, "0x068000");
  const TopologyNode result =
      made(node_text({{"0000:51:00.0", "100", link, "0x2901"}, {"0000:52:00.0", "100", link, "0x2901"}}));
  CHECK(result.node.device.name == "b200");
  CHECK(result.node.scale_up.per_gpu.value.value == Approx(18 * 40.1e9));
  CHECK(result.node.scale_out.nics == 0);
  CHECK(remarks_say(result, "no network card"));
}

TEST_CASE("NVLinks between GPUs are a mesh, and one peer gets its own links only") {
  std::vector<GpuText> gpus;
  for (int i = 0; i < 4; ++i) {
    GpuText gpu{"0000:0" + std::to_string(i) + ":00.0", "80", "", ""};
    for (int j = 0; j < 4; ++j)
      if (j != i) gpu.inside += link_to("0000:0" + std::to_string(j) + ":00.0", 4, "0x030200");
    gpus.push_back(gpu);
  }
  const TopologyNode result = made(node_text(gpus));
  CHECK(result.node.scale_up.kind == ScaleUpKind::mesh);
  CHECK(result.node.scale_up.per_gpu.value.value == Approx(240e9));
  CHECK(result.node.scale_up.one_peer.value.value == Approx(80e9));
  CHECK(result.device_provenance == Provenance::assumed);
  CHECK(result.device_reason.find("guessed") != std::string::npos);
}

TEST_CASE("bridges between pairs and no NVLink at all are PCIe") {
  std::vector<GpuText> gpus;
  for (int i = 0; i < 4; ++i)
    gpus.push_back({"0000:0" + std::to_string(i) + ":00.0", "80",
                    link_to("0000:0" + std::to_string(i ^ 1) + ":00.0", 12, "0x030200"), "0x20b5"});
  const TopologyNode pairs = made(node_text(gpus, {}, 2));
  CHECK(pairs.node.scale_up.kind == ScaleUpKind::pcie);
  CHECK(pairs.node.device.name == "a100-pcie-80gb");
  CHECK(pairs.node.scale_up.gpus_per_socket == 2);
  CHECK(remarks_say(pairs, "bridges"));
  CHECK(made(node_text({{"0000:01:00.0", "89", "", ""}})).node.scale_up.kind == ScaleUpKind::pcie);
}

TEST_CASE("more cards than GPUs keep their total bandwidth") {
  const TopologyNode result =
      made(node_text({{"0000:01:00.0", "89", "", ""}}, net("a", 100000, 1) + net("b", 100000, 1)));
  CHECK(result.node.scale_out.nics == 1);
  CHECK(result.node.scale_out.nic_bandwidth.value.value == Approx(2 * 0.94 * 12.5e9));
}

TEST_CASE("the user's device replaces the guess") {
  CHECK(made(node_text({{"0000:01:00.0", "80", "", ""}}), "a100-sxm-40gb").node.device.name ==
        "a100-sxm-40gb");
}

TEST_CASE("what is wrong with a dump is said with its place") {
  const std::string good = node_text({{"0000:01:00.0", "80", "", ""}});
  says("", "x.xml:1:1: not a whole XML file");
  says("hello", "not a whole XML file");
  says(good.substr(0, good.size() / 2), "not a whole XML file");
  says("<graphs version=\"1\"/>", "NCCL_GRAPH_DUMP_FILE");
  says("<topology/>", "the outermost element is <topology>; expected <system>");
  says("<system/>", "<system> has no attribute version");
  says("<system version=\"2\"/>", "system.version: this version");
  says("<system version=\"1\"/>", "no <gpu> element");
  says("<system version=\"1\">\n<cpu/></system>", "x.xml:2:2: cpu.numaid: <cpu> has no attribute numaid");
  says(node_text({{"0000:01:00.0", "", "", ""}}), "gpu.sm: <gpu> has no attribute sm");
  says(node_text({{"0000:01:00.0", "fast", "", ""}}),
       "cannot read \"fast\": expected a whole number from 10 to 999");
  says(node_text({{"0000:01:00.0", "99999999999", "", ""}}), "cannot read \"99999999999\"");
  says(node_text({{"", "80", "", ""}}), "pci.busid: <pci> has no attribute busid");
  says(node_text({{"0000:01:00.0", "80", "", ""}, {"0000:01:00.0", "80", "", ""}}),
       "two GPUs have the bus id");
  says(node_text({{"0000:01:00.0", "80", "", ""}, {"0000:02:00.0", "90", "", ""}}), "another kind");
  says(node_text({{"0000:01:00.0", "80", "<nvlink count=\"1\"/>", ""}}), "nvlink.target");
  says(node_text({{"0000:01:00.0", "80", "<nvlink target=\"x\" count=\"0\"/>", ""}}),
       "nvlink.count: cannot read \"0\"");
  says(node_text({{"0000:01:00.0", "80",
                   "<nvlink target=\"x\" count=\"1000\"/><nvlink target=\"y\" count=\"1000\"/>", ""}}),
       "more than 1024 NVLinks");
  says(node_text({{"0000:01:00.0", "100", link_to("fffffff:ff:ff.0", 18, "0x068000"), ""},
                  {"0000:02:00.0", "100", "", ""}}),
       "links are down");
  says(node_text({{"0000:01:00.0", "94", "<xgmi target=\"x\"/>", ""}}), "RCCL");
  says("<system version=\"1\"><cpu numaid=\"0\"><gpu dev=\"0\" sm=\"80\"/></cpu></system>",
       "outside of a <pci> element");
  says(node_text({{"0000:01:00.0", "80", "", ""}}, "<nic><net speed=\"1\"/></nic>"), "net.name");
  says(node_text({{"0000:01:00.0", "80", "", ""}}, "<nic><net name=\"a\" speed=\"-5\"/></nic>"),
       "net.speed: cannot read \"-5\"");
  says(node_text({{"0000:01:00.0", "50", "", ""}}), "no preset for a GPU of sm 50");
  says(good, "no device preset \"h1000\"", "h1000");
}

TEST_CASE("nesting without end is refused, not followed") {
  std::string bomb = "<system version=\"1\"><cpu numaid=\"0\">";
  for (int i = 0; i < 100000; ++i) bomb += "<pci busid=\"0\">";
  says(bomb, "not a whole XML file");
  for (int i = 0; i < 100000; ++i) bomb += "</pci>";
  says(bomb + "</cpu></system>", "nested more than 64 deep");
}
