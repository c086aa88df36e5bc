// Plans against each other, one per line, as text and as comma-separated values.
#pragma once

#include <string>
#include <vector>

#include "cli/text_table.h"
#include "costmodel/answer/plan_report.h"
#include "costmodel/base/csv_cell.h"

namespace cli {

using costmodel::csv_cell;

// The first plan that runs is the one that the others are measured against.
std::string plan_table(const costmodel::Scenario& scenario, const std::vector<costmodel::PlanReport>& reports,
                       Colour colour);

// In base units, one line per plan; `leading` cells come before each line, named by `leading_names`.
std::string plan_csv_head(const std::vector<std::string>& leading_names = {});
std::string plan_csv_line(const std::string& name, const costmodel::PlanPrice& price,
                          const std::vector<std::string>& leading = {});

// "NVLink", "PCIe", "mesh": the link inside a node.
std::string link_name(const costmodel::ClusterSpec& cluster);

}  // namespace cli
