// Published measurements against predictions, as text, CSV and JSON.
#pragma once

#include <string>

#include "cli/plan_json.h"
#include "cli/request.h"
#include "validation/reproduction.h"

namespace cli {

struct ReproduceReport {
  std::string file;
  std::string engine;        // "the cost model", "the simulator"
  std::string calibrations;  // "built in", or the file
  std::vector<validation::ReproducedRow> rows;
};

std::string reproduce_text(const ReproduceReport& report, const ReportOptions& options);
// One line per row: id, predicted, measured, error, ...
std::string reproduce_csv(const ReproduceReport& report);
Json reproduce_json(const ReproduceReport& report);

}  // namespace cli
