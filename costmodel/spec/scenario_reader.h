// Scenario files: TOML with the sections [model], [cluster], [workload] and, optional, [search] and [plan].
//
// The format is described in docs/scenario.md.  Everything that is wrong throws Error with file, line, column
// and key.
#pragma once

#include <string>
#include <string_view>

#include "costmodel/spec/scenario.h"

namespace costmodel {

Scenario read_scenario(const std::string& path);

// `file_name` appears in messages and becomes the name of the scenario; a model's config file is looked up
// from `directory_for_relative_paths`.
Scenario parse_scenario(std::string_view toml, const std::string& file_name,
                        const std::string& directory_for_relative_paths);

// Throws Error, without a place, when a placement names a GPU twice or one that does not exist.
void check_placement(const std::vector<DeviceId>& placement, const ClusterSpec& cluster);

}  // namespace costmodel
