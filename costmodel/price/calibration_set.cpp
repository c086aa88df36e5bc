#include "costmodel/price/calibration_set.h"

#include <stdexcept>

#include "costmodel/price/calibration_file.h"

namespace costmodel {

// calibration_builtin.toml as it was when this was built; made by CMake.
extern const char* const calibration_builtin_toml;

const Calibration& CalibrationSet::of(std::string_view device) const {
  for (const Calibration& calibration : devices)
    if (calibration.device == device) return calibration;
  for (const Calibration& calibration : devices)
    if (calibration.device.empty()) return calibration;
  return built_in_calibration(device);
}

bool CalibrationSet::has(const Calibration& calibration) const {
  for (const Calibration& own : devices)
    if (&own == &calibration) return true;
  return false;
}

Calibration* CalibrationSet::find(std::string_view device) {
  for (Calibration& calibration : devices)
    if (calibration.device == device) return &calibration;
  return nullptr;
}

const CalibrationSet& built_in_calibrations() {
  static const CalibrationSet set = [] {
    CalibrationSet read = parse_calibrations(calibration_builtin_toml, "calibration_builtin.toml");
    if (read.find("") == nullptr)
      throw std::logic_error("calibration_builtin.toml has no device without a name");
    read.name = "built in";
    return read;
  }();
  return set;
}

const Calibration& built_in_calibration(std::string_view device) {
  return built_in_calibrations().of(device);
}

}  // namespace costmodel
