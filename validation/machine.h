// What a calibration says of the machine that it was made on.
#pragma once

#include <string>

namespace validation {

std::string processor_name();  // "AMD EPYC 9654 96-Core Processor"; the architecture where there is no name
std::string today();           // "2026-03-01", UTC

// The device preset that a GPU with this name of the driver is, "NVIDIA H100 80GB HBM3": h100-sxm; "" when
// none is known.
std::string preset_of_gpu(const std::string& name);

}  // namespace validation
