#include "cli/figure_text.h"

#include <algorithm>

#include "cli/scenario_input.h"
#include "cli/text_table.h"
#include "costmodel/answer/search.h"
#include "costmodel/base/error.h"
#include "costmodel/base/in_quotes.h"
#include "costmodel/base/unit_text.h"

namespace cli {

using costmodel::Error;
using costmodel::Figure;
using costmodel::InputLocation;

namespace {

const char* const explain_flag = "--explain";

bool belongs(const Figure& figure, const std::string& name) {
  return figure.name == name || figure.name.starts_with(name + ".");
}

const costmodel::PlanReport* find_report(const std::vector<costmodel::PlanReport>& reports,
                                         const std::string& plan) {
  for (const costmodel::PlanReport& report : reports)
    if (report.name == plan) return &report;
  for (const costmodel::PlanReport& report : reports)
    if (report.alias == plan || costmodel::plan_family(report.price.plan) == plan) return &report;
  return nullptr;
}

bool is_figure_name(const costmodel::PlanReport& report, const std::string& name) {
  return name == "all" || std::any_of(report.figures.begin(), report.figures.end(),
                                      [&](const Figure& figure) { return belongs(figure, name); });
}

}  // namespace

std::string explanation(const Figure& figure) {
  std::string head = figure.name + "  " + value_text(figure);
  if (figure.high > figure.low)
    head += "  [" + costmodel::format_quantity(figure.low, figure.unit) + ", " +
            costmodel::format_quantity(figure.high, figure.unit) + "]";
  head += "  formula " + figure.formula;
  if (figure.high > figure.low && !figure.interval_formula.empty())
    head += ", interval " + figure.interval_formula;
  if (figure.provenance != costmodel::Provenance::derived)
    head += "  weakest input: " + std::string(costmodel::name_of(figure.provenance));
  std::string text = head + "\n" + wrapped(figure.expression, "  = ", "    ");
  TextTable inputs({{"", Align::left}, {"", Align::left}, {"", Align::right}, {"", Align::left}});
  for (const costmodel::FigureInput& input : figure.inputs) {
    std::string source(costmodel::name_of(input.provenance));
    if (!input.source.empty()) source += ": " + input.source;
    inputs.add({input.symbol, input.meaning, input.text, source});
  }
  return text + inputs.text(4);
}

std::vector<Figure> explained(const costmodel::PlanReport& report, const std::string& name) {
  if (!report.priced())
    throw Error(report.name + " has no figures, it does not run: " + report.price.rejected->text,
                InputLocation{"", 0, 0, explain_flag});
  if (name == "all") return report.figures;
  std::vector<Figure> found;
  for (const Figure& figure : report.figures)
    if (belongs(figure, name)) found.push_back(figure);
  if (!found.empty()) return found;
  std::vector<std::string> names;
  std::string list;
  for (const Figure& figure : report.figures) {
    names.push_back(figure.name);
    if (figure.name.find(".items.") == std::string::npos && !figure.name.starts_with("phases."))
      list += figure.name + ", ";
  }
  const std::string near = costmodel::nearest_word(name.substr(0, 64), names);
  throw Error("there is no figure " + costmodel::in_quotes(name) + "; expected one of " + list + "memory, " +
                  "phases or all" + (near.empty() ? "" : "; did you mean \"" + near + "\"?"),
              InputLocation{"", 0, 0, explain_flag});
}

Explanation explained(costmodel::Pricer& pricer, const std::vector<costmodel::PlanReport>& reports,
                      const std::string& name) {
  if (!reports.empty() && is_figure_name(reports.front(), name))
    return {reports.front().name, explained(reports.front(), name)};
  const std::size_t dot = name.find('.');
  const std::string plan = name.substr(0, dot);
  const std::string figure = dot == std::string::npos ? "all" : name.substr(dot + 1);
  if (const costmodel::PlanReport* report = find_report(reports, plan))
    return {report->name, explained(*report, figure)};
  // A plan alone, or a figure alone that nobody has: one plan to show means that the figure was meant.
  if (dot == std::string::npos && reports.size() == 1) return {"", explained(reports.front(), name)};
  const costmodel::PlanReport other =
      plan_report(pricer, pricer.price(plan_named(pricer, plan, explain_flag)));
  return {other.name, explained(other, figure)};
}

std::string explanation_text(const Explanation& all) {
  std::string text;
  for (const Figure& figure : all.figures)
    text += (text.empty() ? "" : "\n") + (all.plan.empty() ? "" : all.plan + ": ") + explanation(figure);
  return text;
}

}  // namespace cli
