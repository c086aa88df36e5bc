// The keys of one kind of node: in [cluster] where all nodes are alike, else in each [[cluster.group]].
#pragma once

#include <string>
#include <vector>

#include "costmodel/spec/cluster_spec.h"
#include "costmodel/spec/toml_section.h"

namespace costmodel {

// `preset` is the node whose values the keys replace, or nullptr: then the node is spelled out completely.
NodeSpec read_node(TomlSection& section, const NodeSpec* preset);

// The keys that read_node knows.
const std::vector<std::string>& node_keys();

// Sets what one GPU sends to all peers together; what it sends to one peer scales along.
void set_link_bandwidth(ScaleUpSpec& link, const Sourced<BytesPerSecond>& per_gpu);

// Uses `gpus` GPUs of a node that has more; on a mesh the links to the missing ones are lost.
void use_fewer_gpus(NodeSpec& node, int gpus);

}  // namespace costmodel
