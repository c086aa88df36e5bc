// `ringside import torch-trace` and `nsys-trace`: a profile of real steps, laid over the prediction of a
// plan.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/options.h"
#include "validation/trace_overlay.h"

namespace cli {

// Below `ringside import`; each with its run.
std::vector<Command> import_trace_commands(CLI::App& parent);

// What was found, for both reports.
struct TraceReport {
  validation::TraceOverlay overlay;
  std::string plan;  // its name
};

std::string trace_text(const TraceReport& report, const costmodel::Pricer& pricer,
                       const ReportOptions& options);
std::string trace_json_text(const TraceReport& report, const costmodel::Pricer& pricer);

}  // namespace cli
