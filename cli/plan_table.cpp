#include "cli/plan_table.h"

#include <fmt/format.h>

#include "cli/figure_text.h"
#include "costmodel/base/unit_text.h"
#include "costmodel/plan/plan_text.h"

namespace cli {

using costmodel::PlanPrice;

namespace {

std::string exposed_text(const PlanReport& report) {
  return percent_text(report.figure("exposed").value / report.figure("time").value);
}

std::vector<std::string> row_of(const PlanReport& report, const PlanReport* best, bool two_links) {
  const std::string reason = report.runs() ? "" : report.price.rejected->text;
  if (!report.priced()) {
    std::vector<std::string> cells{report.name, "-", "", "-", "-"};
    if (two_links) cells.emplace_back("-");
    cells.insert(cells.end(), {"-", "no", reason});
    return cells;
  }
  const costmodel::Figure& time = report.figure("time");
  std::vector<std::string> cells{report.name, value_text(time), interval_text(time), exposed_text(report),
                                 value_text(report.figure("traffic.intra"))};
  if (two_links) cells.push_back(value_text(report.figure("traffic.inter")));
  cells.push_back(value_text(report.figure("memory.peak")));
  cells.emplace_back(report.runs() ? "fits" : "no");
  if (!report.runs()) {
    cells.push_back(reason);
  } else if (&report == best) {
    cells.emplace_back("=");
  } else {
    const bool tie = costmodel::is_tie(best->price, report.price);
    cells.push_back(tie ? "= (tie)" : ratio_text(time.value / best->figure("time").value));
  }
  return cells;
}

}  // namespace

std::string link_name(const costmodel::ClusterSpec& cluster) {
  switch (cluster.groups.front().node.scale_up.kind) {
    case costmodel::ScaleUpKind::nvlink_switch: return "NVLink";
    case costmodel::ScaleUpKind::mesh: return "mesh";
    case costmodel::ScaleUpKind::pcie: return "PCIe";
  }
  return "link";
}

std::string plan_table(const costmodel::Scenario& scenario, const std::vector<PlanReport>& reports,
                       Colour colour) {
  const bool two_links = scenario.cluster.node_count() > 1;
  std::vector<Column> columns{{"plan", Align::left},
                              {"time", Align::right},
                              {"", Align::left, 1},
                              {"exposed", Align::right},
                              {"sent per GPU", Align::right, 3, link_name(scenario.cluster)}};
  if (two_links) {
    columns.back().span = 2;
    columns.push_back({"", Align::right, 2, "NIC"});
  }
  columns.insert(columns.end(),
                 {{"peak memory", Align::right, 3}, {"", Align::left}, {"against best", Align::left}});
  TextTable table(columns);
  const PlanReport* best = nullptr;
  for (const PlanReport& report : reports)
    if (report.runs() && (best == nullptr || report.price.time < best->price.time)) best = &report;
  for (const PlanReport& report : reports)
    table.add(row_of(report, best, two_links), report.runs() ? RowStyle::plain : RowStyle::dim);
  return table.text(2, colour);
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string cell = "\"";
  for (const char c : text) cell += c == '"' ? std::string("\"\"") : std::string(1, c);
  return cell + "\"";
}

std::string plan_csv_head(const std::vector<std::string>& leading_names) {
  std::string line;
  for (const std::string& name : leading_names) line += csv_cell(name) + ",";
  return line +
         "plan,axes,time_s,time_low_s,time_high_s,compute_s,exposed_s,sent_per_gpu_B,sent_intra_B,sent_inter_"
         "B,"
         "memory_peak_B,fits,rejected\n";
}

std::string plan_csv_line(const std::string& name, const PlanPrice& price,
                          const std::vector<std::string>& leading) {
  std::string line;
  for (const std::string& cell : leading) line += csv_cell(cell) + ",";
  line += csv_cell(name) + "," + csv_cell(costmodel::axes_text(price.plan)) + ",";
  if (price.phases.empty()) {
    line += ",,,,,,,,,";
  } else {
    for (const double value :
         {price.time.value, price.low().value, price.high().value, price.compute.value, price.exposed().value,
          price.traffic.per_gpu.value, price.traffic.scale_up.value, price.traffic.scale_out.value,
          price.memory.value})
      line += fmt::format("{},", value);
  }
  line += price.rejected ? "no," + csv_cell(price.rejected->text) : "yes,";
  return line + "\n";
}

}  // namespace cli
