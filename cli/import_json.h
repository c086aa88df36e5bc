// Imported files as JSON, in base units.
#pragma once

#include <string>

#include "costmodel/formats/link_fit.h"
#include "costmodel/formats/nccl_topology_node.h"

namespace cli {

std::string nccl_tests_json_text(const costmodel::NcclTestsLog& log, const costmodel::LinkFit& fit);
std::string topology_json_text(const costmodel::NcclTopology& topology, const costmodel::TopologyNode& node);

}  // namespace cli
