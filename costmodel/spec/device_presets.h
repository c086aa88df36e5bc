// GPUs by name.  Every number carries its provenance and a short source; links are in cluster_presets.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "costmodel/spec/cluster_spec.h"

namespace costmodel {

const std::vector<DeviceSpec>& device_presets();
const DeviceSpec* find_device_preset(std::string_view name);  // nullptr when there is none
std::vector<std::string> device_preset_names();

}  // namespace costmodel
