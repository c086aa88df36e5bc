#include "cli/compare_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "cli/figure_text.h"
#include "cli/plan_table.h"
#include "cli/text_table.h"
#include "costmodel/base/unit_text.h"
#include "costmodel/plan/plan_alias.h"
#include "costmodel/price/memory.h"

namespace cli {

using costmodel::Figure;
using costmodel::Scenario;

namespace {

constexpr std::size_t plans_beside_each_other = 5;  // what 100 columns hold

// e B N H: one circulation of query-wide activations; in a whole model through every layer.
double circulation_bytes(const Scenario& scenario) {
  const std::int64_t layers = costmodel::is_whole_model(scenario.workload.phase) ? scenario.model.layers : 1;
  return static_cast<double>(layers) *
         static_cast<double>(costmodel::bytes_per_element(scenario.workload.dtype) * scenario.workload.batch *
                             scenario.workload.sequence * scenario.model.query_width());
}

double circulations(const Scenario& scenario, const Figure& traffic) {
  return traffic.value / circulation_bytes(scenario);
}

std::string circulations_text(double count) { return fmt::format("{:.2f}", count); }

bool is_tensor(const costmodel::PlanReport& report) {
  return report.priced() && report.price.plan.transport == costmodel::Transport::tensor &&
         report.price.plan.tensor > 1;
}

// A step's plan is named by how it splits the work; what it keeps and shards is a row.
std::string column_name(const costmodel::PlanReport& report) {
  const std::string memory = costmodel::memory_axes_text(report.price.plan);
  return memory.empty() ? report.name : report.name.substr(0, report.name.size() - memory.size() - 1);
}

using Cell = std::function<std::string(const costmodel::PlanReport&)>;

class Block {
 public:
  Block(const std::vector<costmodel::PlanReport>& reports, std::size_t begin, std::size_t end)
      : reports_(reports), begin_(begin), end_(end), table_(columns(reports, begin, end)) {}

  void row(const std::string& label, const Cell& cell) {
    std::vector<std::string> cells{label};
    for (std::size_t i = begin_; i < end_; ++i)
      cells.push_back(reports_[i].priced() ? cell(reports_[i]) : "-");
    table_.add(std::move(cells));
  }

  void row_of_all(const std::string& label, const Cell& cell) {
    std::vector<std::string> cells{label};
    for (std::size_t i = begin_; i < end_; ++i) cells.push_back(cell(reports_[i]));
    table_.add(std::move(cells));
  }

  std::string text() const { return table_.text(2); }

 private:
  static std::vector<Column> columns(const std::vector<costmodel::PlanReport>& reports, std::size_t begin,
                                     std::size_t end) {
    std::vector<Column> list{{"", Align::left}};
    for (std::size_t i = begin; i < end; ++i) list.push_back({column_name(reports[i]), Align::right, 3});
    return list;
  }
  const std::vector<costmodel::PlanReport>& reports_;
  std::size_t begin_, end_;
  TextTable table_;
};

// Bytes of attention and of tensor parallelism's activations, forward and backward once: what claims about
// communication compare.
double activations(const costmodel::PlanReport& report) {
  return report.figure("traffic.items.attention").value + report.figure("traffic.items.tensor").value;
}

// Of a whole model, per layer and in units of N x hidden.
void add_traffic_items(Block& block, const Scenario& scenario, const costmodel::PlanReport& first) {
  const double unit = circulation_bytes(scenario);
  block.row("per layer, x N x hidden:", [](const costmodel::PlanReport&) { return std::string(); });
  block.row("  activations", [unit](const costmodel::PlanReport& report) {
    return circulations_text(activations(report) / unit);
  });
  if (first.priced() && activations(first) > 0)
    block.row("    against " + column_name(first), [&first](const costmodel::PlanReport& report) {
      return &report == &first ? std::string("=") : change_text(activations(report) / activations(first));
    });
  for (const char* item : {"recomputation", "head", "parameters", "gradients"})
    block.row(std::string("  ") + item, [unit, item](const costmodel::PlanReport& report) {
      return circulations_text(report.figure(std::string("traffic.items.") + item).value / unit);
    });
}

std::string block_text(const Scenario& scenario, const std::vector<costmodel::PlanReport>& reports,
                       std::size_t begin, std::size_t end) {
  const costmodel::PlanReport& first = reports.front();
  Block block(reports, begin, end);
  const auto value = [](const char* name) -> Cell {
    return [name](const costmodel::PlanReport& report) { return value_text(report.figure(name)); };
  };
  const std::string against = "  against " + column_name(first);
  const bool whole_model = costmodel::is_whole_model(scenario.workload.phase);
  if (whole_model) {
    block.row_of_all("keeps, shards", [](const costmodel::PlanReport& report) {
      return costmodel::memory_axes_text(report.price.plan);
    });
    block.row("tokens per step", [&scenario](const costmodel::PlanReport& report) {
      return costmodel::format_tokens_short(scenario.workload.sequence * scenario.workload.batch *
                                            report.price.plan.data);
    });
    block.row("tokens/s", [](const costmodel::PlanReport& report) {
      return costmodel::format_number(report.figure("tokens_per_second").value);
    });
  }
  const bool ratios = reports.size() > 1 && first.priced();
  block.row("time", [](const costmodel::PlanReport& report) {
    const Figure& time = report.figure("time");
    return value_text(time) + " " + interval_text(time);
  });
  if (ratios)
    block.row(against, [&](const costmodel::PlanReport& report) {
      if (&report == &first) return std::string("=");
      if (costmodel::is_tie(first.price, report.price)) return std::string("tie");
      return change_text(report.price.per_replica() / first.price.per_replica());
    });
  block.row("  computing", value("compute"));
  block.row("  exposed", [](const costmodel::PlanReport& report) {
    return percent_text(report.figure("exposed").value / report.figure("time").value);
  });
  block.row("sent per GPU", value("traffic.per_gpu"));
  // For as many tokens: replicas send for their own.
  if (ratios)
    block.row(against, [&first](const costmodel::PlanReport& report) {
      const double own = first.figure("traffic.per_gpu").value / first.price.plan.data;
      if (&report == &first || own <= 0) return std::string("=");
      return change_text(report.figure("traffic.per_gpu").value / report.price.plan.data / own);
    });
  if (scenario.cluster.node_count() > 1) {
    block.row("  " + link_name(scenario.cluster), value("traffic.intra"));
    block.row("  NIC", value("traffic.inter"));
  }
  if (whole_model)
    add_traffic_items(block, scenario, first);
  else
    block.row("  in N x hidden", [&](const costmodel::PlanReport& report) {
      return circulations_text(circulations(scenario, report.figure("traffic.per_gpu")));
    });
  block.row("peak memory", value("memory.peak"));
  block.row("longest sequence", value("max_sequence"));
  block.row_of_all("fits", [](const costmodel::PlanReport& report) { return report.runs() ? "yes" : "no"; });
  return block.text();
}

std::string tensor_note(const Scenario& scenario, const costmodel::PlanReport& report) {
  const double own = circulations(scenario, report.figure("traffic.items.tensor"));
  const double degree = report.price.plan.tensor;
  const bool both = scenario.workload.phase == costmodel::WorkPhase::forward_backward;
  std::string text = report.name + ": " + circulations_text(own) +
                     " is the attention half of the layer; its feed-forward half moves as much again, " +
                     circulations_text(2 * own) + " in total";
  // One more gather of each half's input in backward, (T - 1) / T of it sent by each rank.
  if (both)
    text += " (" + circulations_text(2 * own * 10 / 8) +
            " where inputs are gathered again in backward; 8 and 10 times (" +
            costmodel::format_number(degree) + "-1)/" + costmodel::format_number(degree) + ")";
  return text + ". Context-parallel plans move nothing in the feed-forward.";
}

std::string against_layer(const Scenario& scenario, const costmodel::PlanReport& first,
                          const costmodel::PlanReport& tensor) {
  const double own = circulations(scenario, first.figure("traffic.per_gpu"));
  const double layer = 2 * circulations(scenario, tensor.figure("traffic.items.tensor"));
  return "Over the whole layer " + first.name + " sends " + circulations_text(own) + " against " +
         circulations_text(layer) + " of " + tensor.name + ": " + change_text(own / layer) + ".";
}

// What remains of a difference in communication once everything that crosses the links is counted.
std::vector<std::string> step_traffic_notes(const std::vector<costmodel::PlanReport>& reports) {
  std::vector<std::string> notes;
  const costmodel::PlanReport& first = reports.front();
  if (!first.priced()) return notes;
  for (std::size_t i = 1; i < reports.size(); ++i) {
    const costmodel::PlanReport& other = reports[i];
    if (!other.priced() || activations(other) <= 0) continue;
    const double all = first.figure("traffic.per_gpu").value / other.figure("traffic.per_gpu").value *
                       other.price.plan.data / first.price.plan.data;
    notes.push_back("Activations alone, " + column_name(first) + " moves " +
                    change_text(activations(first) / activations(other)) + " against " + column_name(other) +
                    "; with recomputation, embedding and head, parameters and gradients " + change_text(all) +
                    ".");
  }
  notes.push_back(
      "Activations are what attention and tensor parallelism exchange forward and backward, once; formulas "
      "behind every item: --explain traffic.");
  return notes;
}

}  // namespace

std::vector<std::string> traffic_notes(const Scenario& scenario,
                                       const std::vector<costmodel::PlanReport>& reports) {
  if (costmodel::is_whole_model(scenario.workload.phase)) return step_traffic_notes(reports);
  std::vector<std::string> notes;
  for (const costmodel::PlanReport& report : reports) {
    if (!report.priced()) continue;
    const Figure& traffic = report.figure("traffic.per_gpu");
    notes.push_back(report.name + " sends " + value_text(traffic) + " = " +
                    circulations_text(circulations(scenario, traffic)) +
                    " x N x hidden: " + traffic.expression + " (formula " + traffic.formula + ").");
  }
  const costmodel::PlanReport& first = reports.front();
  if (!first.priced()) return notes;
  const double own = first.figure("traffic.per_gpu").value;
  std::string against;
  for (std::size_t i = 1; i < reports.size(); ++i) {
    if (!reports[i].priced() || reports[i].figure("traffic.per_gpu").value <= 0) continue;
    against += (against.empty() ? "" : ", ") + change_text(own / reports[i].figure("traffic.per_gpu").value) +
               " against " + reports[i].name;
  }
  if (!against.empty()) notes.push_back("Traffic of " + first.name + ": " + against + ".");
  for (const costmodel::PlanReport& report : reports) {
    if (!is_tensor(report)) continue;
    notes.push_back(tensor_note(scenario, report));
    if (!is_tensor(first)) notes.push_back(against_layer(scenario, first, report));
  }
  return notes;
}

std::string compare_text(const Scenario& scenario, const std::vector<costmodel::PlanReport>& reports) {
  std::string text;
  for (std::size_t begin = 0; begin < reports.size(); begin += plans_beside_each_other)
    text += (begin == 0 ? "" : "\n") +
            block_text(scenario, reports, begin, std::min(begin + plans_beside_each_other, reports.size()));
  for (const costmodel::PlanReport& report : reports)
    if (!report.runs())
      text += wrapped(report.name + " does not run: " + report.price.rejected->text + ".", "  ", "    ");
  text += "\n  Traffic, with N x hidden = " +
          costmodel::format_bytes(costmodel::Bytes(circulation_bytes(scenario))) + ":\n";
  for (const std::string& note : traffic_notes(scenario, reports)) text += wrapped(note, "  - ", "    ");
  return text;
}

}  // namespace cli
