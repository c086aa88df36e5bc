#include "cli/estimate_text.h"

#include "cli/figure_text.h"
#include "cli/plan_table.h"
#include "cli/text_table.h"
#include "costmodel/base/unit_text.h"
#include "costmodel/price/memory.h"

namespace cli {

using costmodel::Figure;

namespace {

const std::string phase_prefix = "phases.";
const std::string memory_prefix = "memory.items.";

std::string with_interval(const Figure& figure) {
  const std::string interval = interval_text(figure);
  return value_text(figure) + (interval.empty() ? "" : " " + interval);
}

std::string time_table(const PlanReport& report) {
  TextTable table({{"time", Align::left},
                   {"total", Align::right},
                   {"", Align::left, 1},
                   {"compute", Align::right},
                   {"exposed", Align::right},
                   {"", Align::right, 1},
                   {"of it slowdown", Align::right},
                   {"formula", Align::right}});
  const auto add = [&](const std::string& label, const std::string& prefix) {
    const Figure& time = report.figure(prefix + "time");
    const Figure& exposed = report.figure(prefix + "exposed");
    table.add({label, value_text(time), interval_text(time), value_text(report.figure(prefix + "compute")),
               value_text(exposed), "(" + percent_text(exposed.value / time.value) + ")",
               value_text(report.figure(prefix + "slowdown")), time.formula});
  };
  for (const Figure& figure : report.figures) {
    const std::string end = ".time";
    if (!figure.name.starts_with(phase_prefix) || !figure.name.ends_with(end)) continue;
    const std::string prefix = figure.name.substr(0, figure.name.size() - end.size() + 1);
    add(prefix.substr(phase_prefix.size(), prefix.size() - phase_prefix.size() - 1), prefix);
  }
  add("one layer", "");
  const Figure& rate = report.figure("tflops_per_gpu");
  const Figure& tokens = report.figure("tokens_per_second_per_gpu");
  return table.text(2) + "  " + with_interval(rate) + " and " + with_interval(tokens) +
         " per GPU, through one layer's attention.\n";
}

std::string traffic_table(const costmodel::Scenario& scenario, const PlanReport& report) {
  const Figure& all = report.figure("traffic.per_gpu");
  TextTable table({{"sent per GPU", Align::left}, {"total", Align::right}, {"formula", Align::right}});
  const auto add = [&](const std::string& label, const Figure& figure) {
    table.add({label, value_text(figure), figure.formula});
  };
  add("over " + link_name(scenario.cluster), report.figure("traffic.intra"));
  if (scenario.cluster.node_count() > 1) add("through NICs", report.figure("traffic.inter"));
  for (const char* item : {"attention", "tensor"}) {
    const Figure& figure = report.figure(std::string("traffic.items.") + item);
    if (figure.value > 0) add(std::string("for ") + item, figure);
  }
  add("all", all);
  return table.text(2) + wrapped(all.expression, "  = ", "    ");
}

std::string memory_table(const costmodel::Scenario& scenario, const PlanReport& report) {
  const Figure& peak = report.figure("memory.peak");
  TextTable table({{"memory of one GPU", Align::left},
                   {"peak", Align::right},
                   {"formula", Align::right},
                   {"", Align::left, 3}});
  for (const Figure& figure : report.figures)
    if (figure.name.starts_with(memory_prefix))
      table.add(
          {figure.name.substr(memory_prefix.size()), value_text(figure), figure.formula, figure.expression});
  const std::string capacity = costmodel::format_bytes(costmodel::device_memory(scenario.cluster));
  table.add({"all", value_text(peak), peak.formula, "of " + capacity});
  return table.text(2) + wrapped("The peak: " + peak.expression + ".", "  ", "    ");
}

}  // namespace

std::string estimate_text(const costmodel::Scenario& scenario, const PlanReport& report) {
  return time_table(report) + "\n" + traffic_table(scenario, report) + "\n" + memory_table(scenario, report);
}

}  // namespace cli
