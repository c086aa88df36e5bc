// The section [cluster] of a scenario file.
#pragma once

#include <string>

#include "costmodel/spec/cluster_spec.h"
#include "costmodel/spec/toml_section.h"

namespace costmodel {

// A preset with single numbers replaced, a node spelled out, or [[cluster.group]] for nodes that differ.
// Leaves section.finish() to the caller, who reads `placement`.
ClusterSpec read_cluster(TomlSection& section);

// The preset, or Error with the nearest name and the whole list.
const ClusterSpec& cluster_preset(const std::string& name);

}  // namespace costmodel
