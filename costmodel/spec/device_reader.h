// The key `device` of a node: the name of a preset, or a table with numbers.
#pragma once

#include <optional>
#include <string>

#include "costmodel/spec/cluster_spec.h"
#include "costmodel/spec/toml_section.h"

namespace costmodel {

// `before` is the device of the cluster preset, or nullptr; numbers in a table without its own preset replace
// single values of it.  Nothing when the key is absent.
std::optional<DeviceSpec> read_device(TomlSection& node, const DeviceSpec* before);

// The preset, or Error with the nearest name and the whole list.
const DeviceSpec& device_preset(const std::string& name);

}  // namespace costmodel
