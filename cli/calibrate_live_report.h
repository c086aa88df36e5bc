// What `ringside calibrate --backend` found, as text and as JSON.
#pragma once

#include <string>

#include "cli/plan_json.h"
#include "cli/request.h"
#include "validation/live_calibration.h"

namespace cli {

struct CalibrateLiveReport {
  validation::LiveCalibration live;
  std::string place;      // "2 ranks as threads on 2 cores"
  std::string written;    // the file; "" when there is none
  std::string complaint;  // about noise; "" when it is quiet
  bool refused = false;   // too noisy to be written
};

std::string calibrate_live_headline(const CalibrateLiveReport& report);
std::string calibrate_live_text(const CalibrateLiveReport& report, const ReportOptions& options);
Json calibrate_live_json(const CalibrateLiveReport& report);

}  // namespace cli
