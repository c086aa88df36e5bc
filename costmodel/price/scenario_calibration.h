// The calibrations that predictions of a scenario rest on: the built-in ones, or a file that the scenario or
// the user names.
#pragma once

#include "costmodel/price/calibration_set.h"
#include "costmodel/spec/scenario.h"

namespace costmodel {

// Those of the scenario, else the built-in ones.
const CalibrationSet& calibrations_for(const Scenario& scenario);

// Reads scenario.calibration_file, when there is one, and puts its measured links into the cluster.  Throws
// Error with file, line, column and key.
void read_scenario_calibrations(Scenario& scenario);

// Where the calibration of a node's device has a measured link, it takes the place of the preset's; numbers
// that the user gave stay.   Formula 3.5.
void use_measured_links(ClusterSpec& cluster, const CalibrationSet& calibrations);

}  // namespace costmodel
