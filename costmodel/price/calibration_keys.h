// The constants of a calibration by name: what files, fits and reports go through.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "costmodel/price/calibration.h"

namespace costmodel {

enum class ConstantUnit { none, seconds, bytes_per_second };

// A constant with a birth certificate.  `number` is in base units.
struct ConstantView {
  double* number;
  Provenance* provenance;
  std::string* source;
};

// A constant that not every calibration has: where it is 0 it is left out of files.
enum class Presence { always, when_known };

struct CalibrationKey {
  std::string_view name;  // "forward_peak_fraction"
  ConstantUnit unit;
  double smallest, largest;  // what a file may say
  ConstantView (*view)(Calibration&);
  Presence presence = Presence::always;
};
std::span<const CalibrationKey> calibration_keys();
const CalibrationKey& calibration_key(std::string_view name);  // throws Error

// Relative errors, one standard deviation.
struct ResidualKey {
  std::string_view name;  // "forward_residual"
  double& (*of)(Calibration&);
};
std::span<const ResidualKey> residual_keys();

}  // namespace costmodel
