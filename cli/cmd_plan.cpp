// `ringside plan`: searches all plans; verdict, ranked table, what was rejected and why.
#include <fmt/format.h>

#include <chrono>
#include <memory>

#include "cli/commands.h"
#include "cli/plan_json.h"
#include "cli/plan_table.h"
#include "cli/report_parts.h"
#include "cli/scenario_input.h"
#include "costmodel/answer/plan_answer.h"
#include "costmodel/base/unit_text.h"

namespace cli {

namespace {

struct PlanOptions {
  ScenarioOptions scenario;
  ReportOptions report;
  bool all = false;
  std::string explain;
};

struct TimedAnswer {
  costmodel::PlanAnswer plans;
  costmodel::Seconds search_time;
};

TimedAnswer search(costmodel::Pricer& pricer, bool all) {
  const auto start = std::chrono::steady_clock::now();
  TimedAnswer answer{
      costmodel::answer_plan(pricer, all ? costmodel::Shown::all : costmodel::Shown::best_of_families), {}};
  answer.search_time =
      costmodel::Seconds(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  return answer;
}

std::string text_report(const costmodel::Pricer& pricer, const TimedAnswer& answer,
                        const std::vector<costmodel::PlanReport>& reports, const PlanOptions& options) {
  const costmodel::Scenario& scenario = pricer.scenario();
  std::string text = verdict_text(answer.plans.verdict, scenario, options.report);
  if (!reports.empty()) text += "\n" + plan_table(scenario, reports, options.report.colour());
  const std::size_t total = answer.plans.result.ranked.size() + answer.plans.result.rejected.size();
  if (!options.all && total > reports.size())
    text += fmt::format("  ({} more: --all)\n", total - reports.size());
  text += "\n" + closing_text(pricer, reports.empty() ? "" : explain_example(reports.front(), "time"));
  return text + fmt::format("  Priced {} plan{} in {}.\n", answer.plans.result.priced,
                            answer.plans.result.priced == 1 ? "" : "s",
                            costmodel::format_seconds(answer.search_time));
}

Output run_plan(const PlanOptions& options) {
  const costmodel::Scenario scenario = load_scenario(options.scenario);
  costmodel::Pricer pricer(scenario);
  const TimedAnswer answer = search(pricer, options.all);
  Output output;
  output.exit = answer.plans.verdict.plan.empty() ? ExitCode::no : ExitCode::answered;
  if (options.report.quiet && !options.report.json && options.explain.empty()) {
    output.text = verdict_text(answer.plans.verdict, scenario, options.report);
    return output;
  }
  if (options.report.csv) {
    output.text = plan_csv_head();
    for (const costmodel::PlanReport& report : plan_reports(pricer, answer.plans.shown))
      output.text += plan_csv_line(report.name, report.price);
    return output;
  }
  const std::vector<costmodel::PlanReport> reports = plan_reports(pricer, answer.plans.shown);
  if (options.report.json) {
    Json json = answer_json("plan", pricer);
    json["verdict"] = verdict_json(answer.plans.verdict, scenario);
    json["plans"] = plans_json(reports);
    json["priced"] = answer.plans.result.priced;
    if (!options.explain.empty())
      json["explanations"] = explanation_json(explained(pricer, reports, options.explain));
    output.text = json_text(json);
  } else if (!options.explain.empty()) {
    output.text = explanation_text(explained(pricer, reports, options.explain));
  } else {
    output.text = text_report(pricer, answer, reports, options);
  }
  return output;
}

}  // namespace

Command plan_command(CLI::App& root) {
  auto options = std::make_shared<PlanOptions>();
  CLI::App* app = add_command(root, "plan", "which plan to run, and why",
                              "ringside plan examples/llama-3-8b-1m-32xh100.toml --sequence 2M");
  add_scenario_options(*app, options->scenario);
  app->add_flag("--all", options->all, "every plan, not only the best of each family");
  app->add_option("--explain", options->explain,
                  "the formula behind figures, with its numbers: burst.time, burst.memory, burst.all")
      ->type_name("PLAN.FIGURE")
      ->check(not_empty("a plan and a figure, such as burst.time"));
  add_report_options(*app, options->report, HasCsv::yes);
  return {app, [options] { return run_plan(*options); }};
}

}  // namespace cli
