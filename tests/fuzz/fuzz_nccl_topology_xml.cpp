// Any bytes as an NCCL topology dump: either a node and a fragment, or costmodel::Error.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "costmodel/base/error.h"
#include "costmodel/formats/nccl_topology_node.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace costmodel;
  try {
    const NcclTopology topology =
        parse_nccl_topology_xml(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz.xml");
    topology_toml(topology, node_from_topology(topology));
  } catch (const Error&) {
  }
  return 0;
}
