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
const std::string traffic_prefix = "traffic.items.";

std::string with_interval(const Figure& figure) {
  const std::string interval = interval_text(figure);
  return value_text(figure) + (interval.empty() ? "" : " " + interval);
}

// What one run of all phases is called.
std::string whole_name(const costmodel::Scenario& scenario) {
  switch (scenario.workload.phase) {
    case costmodel::WorkPhase::training_step: return "one step";
    case costmodel::WorkPhase::prefill: return "one prefill";
    default: return "one layer";
  }
}

// What the computing is made of.
std::string kernel_table(const costmodel::PlanReport& report) {
  const std::string prefix = "compute.items.";
  TextTable table({{"computing", Align::left},
                   {"total", Align::right},
                   {"", Align::right, 1},
                   {"formula", Align::right}});
  for (const Figure& figure : report.figures)
    if (figure.name.starts_with(prefix))
      table.add({figure.name.substr(prefix.size()), value_text(figure),
                 "(" + percent_text(figure.value / report.figure("compute").value) + ")", figure.formula});
  return "\n" + table.text(2);
}

std::string time_table(const costmodel::Scenario& scenario, const costmodel::PlanReport& report) {
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
  add(whole_name(scenario), "");
  const Figure& rate = report.figure("tflops_per_gpu");
  const Figure& tokens = report.figure("tokens_per_second_per_gpu");
  const std::string per_gpu = "  " + with_interval(rate) + " and " + with_interval(tokens) + " per GPU";
  if (!costmodel::is_whole_model(scenario.workload.phase))
    return table.text(2) + per_gpu + ", through one layer's attention.\n";
  const Figure& all = report.figure("tokens_per_second");
  const Figure& utilization = report.figure("model_flops_utilization");
  return table.text(2) + per_gpu + "; " + with_interval(all) + " in all; model flop utilization " +
         percent_text(utilization.value) + ".\n" + kernel_table(report);
}

std::string traffic_table(const costmodel::Scenario& scenario, const costmodel::PlanReport& report) {
  const Figure& all = report.figure("traffic.per_gpu");
  TextTable table({{"sent per GPU", Align::left}, {"total", Align::right}, {"formula", Align::right}});
  const auto add = [&](const std::string& label, const Figure& figure) {
    table.add({label, value_text(figure), figure.formula});
  };
  add("over " + link_name(scenario.cluster), report.figure("traffic.intra"));
  if (scenario.cluster.node_count() > 1) add("through NICs", report.figure("traffic.inter"));
  for (const Figure& figure : report.figures)
    if (figure.name.starts_with(traffic_prefix) && figure.value > 0)
      add("for " + figure.name.substr(traffic_prefix.size()), figure);
  add("all", all);
  return table.text(2) + wrapped(all.expression, "  = ", "    ");
}

// How memory goes up and down over the step.
std::string memory_timeline(const costmodel::PlanReport& report) {
  TextTable table({{"memory over time", Align::left},
                   {"runs", Align::right},
                   {"before", Align::right},
                   {"peak", Align::right},
                   {"after", Align::right}});
  for (const costmodel::MemoryMoment& moment : report.memory_over_time)
    table.add({std::string(moment.phase), std::to_string(moment.repeat),
               costmodel::format_bytes(moment.before), costmodel::format_bytes(moment.peak),
               costmodel::format_bytes(moment.after)});
  return table.text(2);
}

std::string memory_table(const costmodel::Scenario& scenario, const costmodel::PlanReport& report) {
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
  std::string text = table.text(2) + wrapped("The peak: " + peak.expression + ".", "  ", "    ");
  if (!costmodel::is_whole_model(scenario.workload.phase)) return text;
  if (const Figure* host = costmodel::find_figure(report.figures, "memory.host"))
    text +=
        wrapped("Host memory: " + value_text(*host) + " of optimizer states for every GPU.", "  ", "    ");
  return text +
         wrapped("Every GPU holds as much. A framework counts " +
                     value_text(report.figure("memory.allocated")) +
                     " as allocated; its caching allocator may " + "take up to " +
                     value_text(report.figure("memory.cached")) + ".",
                 "  ", "    ") +
         "\n" + memory_timeline(report);
}

}  // namespace

std::string estimate_text(const costmodel::Scenario& scenario, const costmodel::PlanReport& report) {
  return time_table(scenario, report) + "\n" + traffic_table(scenario, report) + "\n" +
         memory_table(scenario, report);
}

}  // namespace cli
