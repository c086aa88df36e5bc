// Changing one number of a scenario from a flag or a sweep: --sequence 1M, --over nodes=1..64.
#pragma once

#include <string>
#include <vector>

#include "costmodel/spec/scenario.h"

namespace costmodel {

// Sets `key` (one of override_keys()) from text as a scenario file would have it.  Throws Error with the key
// as a flag
// ("--sequence") and leaves the scenario as it was.  What is set counts as given.
//
// nic_bandwidth, link_bandwidth, memory and gpus change all nodes; one peer of a mesh scales along with
// link_bandwidth. nodes works only where all nodes are alike.  model and cluster are presets by name; the
// number of nodes stays. A plan that the file names is resolved again, so that an alias keeps using all GPUs.
void apply_override(Scenario& scenario, const std::string& key, const std::string& value);

const std::vector<std::string>& override_keys();

}  // namespace costmodel
