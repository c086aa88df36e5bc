// Calibrations of several devices as a file (TOML), written by `ringside calibrate`, read wherever a
// calibration is chosen.  A file holds every constant of its devices; other devices keep the built-in ones.
#pragma once

#include <string>
#include <string_view>

#include "costmodel/price/calibration_set.h"

namespace costmodel {

// Throws Error with file, line, column and key.
CalibrationSet parse_calibrations(std::string_view toml, const std::string& file);
CalibrationSet read_calibrations(const std::string& path);

// `head` are comment lines without their sharps: what wrote the file, from what, with which residuals.
std::string calibration_text(const CalibrationSet& set, const std::string& head);

}  // namespace costmodel
