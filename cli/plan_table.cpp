#include "cli/plan_table.h"

#include <fmt/format.h>

#include "cli/figure_text.h"
#include "costmodel/base/unit_text.h"
#include "costmodel/plan/plan_alias.h"
#include "costmodel/plan/plan_text.h"

namespace cli {

using costmodel::PlanPrice;

namespace {

std::string exposed_text(const costmodel::PlanReport& report) {
  return percent_text(report.figure("exposed").value / report.figure("time").value);
}

// Which columns a table has: the attention operator's plans are told apart by time, whole steps by tokens per
// second (they may have different numbers of replicas) and by what they keep and shard.
struct Columns {
  bool whole_model = false;
  bool two_links = false;
};

// What a step keeps of every layer, its ZeRO stage and the rest, in few letters: "attn z3 fused".
std::string kept_text(const costmodel::Scenario& scenario, const costmodel::Plan& plan) {
  std::string text = "z" + std::to_string(plan.zero);
  if (scenario.workload.phase == costmodel::WorkPhase::prefill) return text;
  switch (plan.checkpoint) {
    case costmodel::Checkpoint::none: text = "all"; break;
    case costmodel::Checkpoint::full: text = "input"; break;
    case costmodel::Checkpoint::attention_output: text = "attn"; break;
    case costmodel::Checkpoint::half_attention_output: text = "half attn"; break;
  }
  text += " z" + std::to_string(plan.zero);
  if (plan.offload == costmodel::Offload::optimizer) text += " offload";
  if (plan.fused_loss == costmodel::FusedLoss::yes) text += " fused";
  return text;
}

std::string against_text(const costmodel::PlanReport& report, const costmodel::PlanReport& best) {
  if (&report == &best) return "=";
  if (costmodel::is_tie(best.price, report.price)) return "= (tie)";
  return ratio_text(report.price.per_replica() / best.price.per_replica());
}

std::vector<std::string> row_of(const costmodel::Scenario& scenario, const costmodel::PlanReport& report,
                                const costmodel::PlanReport* best, const Columns& columns) {
  const std::string reason = report.runs() ? "" : report.price.rejected->text;
  const costmodel::Plan& plan = report.price.plan;
  std::vector<std::string> cells;
  if (columns.whole_model)
    cells = {costmodel::split_name(plan, scenario), report.priced() ? kept_text(scenario, plan) : ""};
  else
    cells = {report.name};
  if (!report.priced()) {
    cells.insert(cells.end(), {"-", "", "-", "-"});
    if (columns.two_links) cells.emplace_back("-");
    cells.emplace_back("-");
    if (!columns.whole_model) cells.emplace_back("no");
    cells.push_back(reason);
    return cells;
  }
  const costmodel::Figure& time = report.figure("time");
  if (columns.whole_model)
    cells.insert(cells.end(),
                 {costmodel::format_number(report.figure("tokens_per_second").value), value_text(time)});
  else
    cells.insert(cells.end(), {value_text(time), interval_text(time)});
  cells.insert(cells.end(), {exposed_text(report), value_text(report.figure("traffic.intra"))});
  if (columns.two_links) cells.push_back(value_text(report.figure("traffic.inter")));
  cells.push_back(value_text(report.figure("memory.peak")));
  if (!columns.whole_model) cells.emplace_back(report.runs() ? "fits" : "no");
  cells.push_back(report.runs() ? against_text(report, *best) : reason);
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

std::string plan_table(const costmodel::Scenario& scenario, const std::vector<costmodel::PlanReport>& reports,
                       Colour colour) {
  const Columns kind{costmodel::is_whole_model(scenario.workload.phase), scenario.cluster.node_count() > 1};
  std::vector<Column> columns{{"plan", Align::left}};
  if (kind.whole_model) columns.push_back({"keeps, ZeRO", Align::left});
  if (kind.whole_model)
    columns.insert(columns.end(), {{"tokens/s", Align::right}, {"time", Align::right}});
  else
    columns.insert(columns.end(), {{"time", Align::right}, {"", Align::left, 1}});
  columns.insert(columns.end(),
                 {{"exposed", Align::right}, {"sent per GPU", Align::right, 3, link_name(scenario.cluster)}});
  if (kind.two_links) {
    columns.back().span = 2;
    columns.push_back({"", Align::right, 2, "NIC"});
  }
  columns.insert(columns.end(), {{"peak memory", Align::right, 3}});
  if (!kind.whole_model) columns.push_back({"", Align::left});
  columns.push_back({"against best", Align::left});
  TextTable table(columns);
  const costmodel::PlanReport* best = nullptr;
  for (const costmodel::PlanReport& report : reports)
    if (report.runs() && (best == nullptr || report.price.per_replica() < best->price.per_replica()))
      best = &report;
  for (const costmodel::PlanReport& report : reports)
    table.add(row_of(scenario, report, best, kind), report.runs() ? RowStyle::plain : RowStyle::dim);
  return table.text(2, colour);
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
