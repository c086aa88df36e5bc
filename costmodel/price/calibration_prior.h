// Calibrations before published measurements are fitted: where `ringside calibrate --from` starts.
#pragma once

#include "costmodel/price/calibration_set.h"

namespace costmodel {

CalibrationSet prior_calibrations();

}  // namespace costmodel
