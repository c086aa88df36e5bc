// `ringside calibrate --backend`: constants of this machine, measured.
#pragma once

#include <string>

#include "cli/output.h"
#include "cli/request.h"

namespace cli {

struct CalibrateBackendOptions {
  std::string backend;      // "cpu", "cuda"
  std::string ranks, gpus;  // how many; "": as many as there are
  std::string device;       // preset of the GPUs
  std::string start;        // a calibration file; "": the built-in ones
  std::string samples = "20";
  std::string deadline = "30 s";
  std::string output;
  std::string progress;  // "json" or ""
  bool quick = false;
  bool noisy = false;
  ReportOptions report;
};

// Throws costmodel::Error for bad input, std::runtime_error where there is nothing to measure.
Output run_calibrate_backend(const CalibrateBackendOptions& options);

}  // namespace cli
