#include "costmodel/formats/nccl_topology_xml.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <optional>
#include <pugixml.hpp>
#include <set>

#include "costmodel/base/error.h"
#include "costmodel/base/in_quotes.h"
#include "costmodel/base/text_file.h"

namespace costmodel {

namespace {

constexpr int deepest = 64;  // a real dump nests about ten deep
constexpr std::size_t most_gpus = 1024;
constexpr int most_links = 1024;
constexpr std::string_view nvswitch_class = "0x068000";

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

class TopologyReader {
 public:
  TopologyReader(std::string_view text, std::string file) : text_(text) { topology_.file = std::move(file); }

  NcclTopology read() {
    pugi::xml_document document;
    const pugi::xml_parse_result parsed = document.load_buffer(text_.data(), text_.size());
    if (!parsed)
      fail_at(parsed.offset, "",
              fmt::format("not a whole XML file ({}): expected the output of NCCL_TOPO_DUMP_FILE, "
                          "<system> ... </system>",
                          parsed.description()));
    const pugi::xml_node root = document.document_element();
    const std::string_view name = root.name();
    if (name == "graphs" || name == "graph")
      fail(root, "graphs",
           "this is NCCL's graph (NCCL_GRAPH_DUMP_FILE); expected its topology (NCCL_TOPO_DUMP_FILE)");
    if (name != "system")
      fail(root, "", "the outermost element is <" + std::string(name.substr(0, 40)) + ">; expected <system>");
    if (integer(root, "version", 1, 1'000'000) != 1)
      fail(root, "system.version", "this version of the format is not known; expected version=\"1\"");
    for (const pugi::xml_node child : root.children()) {
      if (std::string_view(child.name()) == "cpu") read_cpu(child);
    }
    if (topology_.gpus.empty())
      fail(root, "system",
           "no <gpu> element in the file: files made for NCCL_TOPO_FILE list PCI devices only; expected what "
           "a job on "
           "the node writes with NCCL_TOPO_DUMP_FILE");
    topology_.domains = static_cast<int>(gpu_domains_.size());
    topology_.hosts = static_cast<int>(std::max<std::size_t>(1, hosts_.size()));
    return std::move(topology_);
  }

 private:
  [[noreturn]] void fail_at(std::ptrdiff_t offset, const std::string& key, const std::string& message) const {
    const std::size_t end =
        std::min(text_.size(), static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, offset)));
    const std::string_view before = text_.substr(0, end);
    const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
    throw Error(message, InputLocation{.file = topology_.file,
                                       .line = line_at(offset),
                                       .column = static_cast<int>(end - line_begin) + 1,
                                       .key = key});
  }
  [[noreturn]] void fail(pugi::xml_node node, const std::string& key, const std::string& message) const {
    fail_at(node.offset_debug(), key, message);
  }

  int line_at(std::ptrdiff_t offset) const {
    const auto end =
        text_.begin() + std::clamp<std::ptrdiff_t>(offset, 0, static_cast<std::ptrdiff_t>(text_.size()));
    return static_cast<int>(std::count(text_.begin(), end, '\n')) + 1;
  }

  std::string key_of(pugi::xml_node node, const char* attribute) const {
    return std::string(node.name()) + "." + attribute;
  }

  std::string required(pugi::xml_node node, const char* attribute, const char* example) const {
    const pugi::xml_attribute found = node.attribute(attribute);
    if (!found || *found.value() == '\0')
      fail(node, key_of(node, attribute),
           fmt::format("<{}> has no attribute {}: expected such as {}=\"{}\"", node.name(), attribute,
                       attribute, example));
    return found.value();
  }

  int integer(pugi::xml_node node, const char* attribute, int smallest, int largest) const {
    const std::string text =
        required(node, attribute, smallest <= 1 ? "1" : std::to_string(smallest).c_str());
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < smallest || value > largest)
      fail(node, key_of(node, attribute),
           fmt::format("cannot read {}: expected a whole number from {} to {}", in_quotes(text), smallest,
                       largest));
    return value;
  }

  void read_cpu(pugi::xml_node cpu) {
    const std::string host = cpu.attribute("host_hash").value();
    hosts_.insert(host);
    const std::string numa = required(cpu, "numaid", "0");
    const auto [domain, added] = domains_.emplace(std::pair(host, numa), static_cast<int>(domains_.size()));
    walk(cpu, domain->second, 1);
  }

  // PCI bridges, devices and cards below a cpu element, to any sane depth.
  void walk(pugi::xml_node parent, int domain, int depth) {
    if (depth > deepest)
      fail(parent, parent.name(),
           fmt::format("elements are nested more than {} deep, which no machine is", deepest));
    for (const pugi::xml_node child : parent.children()) {
      const std::string_view name = child.name();
      if (name == "gpu")
        read_gpu(parent, child, domain);
      else if (name == "net")
        read_net(child);
      else if (name == "pci" || name == "nic")
        walk(child, domain, depth + 1);
    }
  }

  void read_gpu(pugi::xml_node pci, pugi::xml_node node, int domain) {
    if (node.attribute("gcn") || node.child("xgmi"))
      fail(node, "gpu", "this is a dump of RCCL (AMD GPUs); take a preset such as \"mi300x\" instead");
    if (std::string_view(pci.name()) != "pci")
      fail(node, "gpu", "<gpu> outside of a <pci> element: expected inside one");
    if (topology_.gpus.size() == most_gpus)
      fail(node, "gpu", fmt::format("more than {} GPUs in one node", most_gpus));
    NcclTopologyGpu gpu;
    gpu.line = line_at(node.offset_debug());
    gpu.dev = integer(node, "dev", 0, 100'000);
    gpu.sm = integer(node, "sm", 10, 999);
    gpu.bus = lower(required(pci, "busid", "0000:1b:00.0"));
    gpu.pci_device = lower(pci.attribute("device").value());
    gpu.domain = domain;
    gpu.pcie = pcie_rate(pci);
    for (const pugi::xml_node link : node.children("nvlink")) read_nvlink(link, gpu);
    if (const pugi::xml_node c2c = node.child("c2c")) gpu.c2c_links = integer(c2c, "count", 0, most_links);
    const bool seen = std::any_of(topology_.gpus.begin(), topology_.gpus.end(),
                                  [&](const NcclTopologyGpu& other) { return other.bus == gpu.bus; });
    if (seen && !node.attribute("mlopart"))
      fail(node, "pci.busid",
           "two GPUs have the bus id " + in_quotes(gpu.bus) + ": expected one entry per GPU");
    gpu_domains_.insert(domain);
    topology_.gpus.push_back(std::move(gpu));
  }

  void read_nvlink(pugi::xml_node link, NcclTopologyGpu& gpu) const {
    const std::string target = lower(required(link, "target", "0000:05:00.0"));
    const int count = integer(link, "count", 1, most_links);
    if (gpu.link_targets.size() + static_cast<std::size_t>(gpu.switch_links + count) > most_links)
      fail(link, "nvlink.count", fmt::format("more than {} NVLinks on one GPU", most_links));
    // A switch that the host does not see has the bus id fffffff:ff:ff.0; old dumps leave tclass out.
    const std::string target_class = lower(link.attribute("tclass").value());
    if (target_class == nvswitch_class || target.starts_with("fffffff:"))
      gpu.switch_links += count;
    else
      gpu.link_targets.insert(gpu.link_targets.end(), static_cast<std::size_t>(count), target);
  }

  // Rated bandwidth of a PCIe connection: GT/s per lane x lanes / 8, less the 128b/130b code.
  static BytesPerSecond pcie_rate(pugi::xml_node pci) {
    const std::string_view speed = pci.attribute("link_speed").value();
    double transfers = 0;
    std::from_chars(speed.data(), speed.data() + speed.size(), transfers);
    int lanes = pci.attribute("link_width").as_int(0);
    if (lanes == 0) lanes = 16;  // virtual machines write 0; NCCL reads that as 16 too
    if (!(transfers > 0 && transfers <= 1024) || lanes < 0 || lanes > 32) return BytesPerSecond(0);
    return BytesPerSecond(transfers * 1e9 * lanes / 8 * 128 / 130);
  }

  void read_net(pugi::xml_node net) {
    const std::string name = required(net, "name", "mlx5_0");
    const int megabits = integer(net, "speed", 0, 100'000'000);
    const bool direct = std::string_view(net.attribute("gdr").value()) == "1";
    const bool seen = std::any_of(topology_.nics.begin(), topology_.nics.end(),
                                  [&](const NcclTopologyNic& other) { return other.name == name; });
    if (seen || megabits == 0) return;  // a socket interface is listed once under each cpu; 0: not connected
    if (topology_.nics.size() == most_gpus)
      fail(net, "net", fmt::format("more than {} network cards", most_gpus));
    topology_.nics.push_back(
        {name, BytesPerSecond(megabits * 1e6 / 8), direct ? GpuDirect::yes : GpuDirect::no});
  }

  std::string_view text_;
  NcclTopology topology_;
  std::set<std::string> hosts_;
  std::map<std::pair<std::string, std::string>, int> domains_;
  std::set<int> gpu_domains_;
};

}  // namespace

NcclTopology parse_nccl_topology_xml(std::string_view text, const std::string& file) {
  return TopologyReader(text, file).read();
}

NcclTopology read_nccl_topology_xml(const std::string& path) {
  constexpr int longest_mib = 4;  // a rack of 72 GPUs is some hundred kB
  return parse_nccl_topology_xml(read_text_file(path, "the output of NCCL_TOPO_DUMP_FILE (XML)", longest_mib),
                                 path);
}

}  // namespace costmodel
