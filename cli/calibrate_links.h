// `ringside calibrate --from` with bandwidth tables and nccl-tests logs: alpha and bandwidth of link classes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/output.h"
#include "cli/request.h"

namespace cli {

// The answer when all files are of links; nothing when none is.  Throws Error when they are mixed.
std::optional<Output> calibrate_links(const std::vector<std::string>& files, const std::string& output,
                                      const ReportOptions& report);

}  // namespace cli
