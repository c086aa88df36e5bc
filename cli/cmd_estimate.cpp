// `ringside estimate`: one plan in detail, and the formulas behind it.
#include <memory>

#include "cli/commands.h"
#include "cli/estimate_text.h"
#include "cli/plan_choice.h"
#include "cli/plan_json.h"
#include "cli/report_parts.h"
#include "cli/scenario_input.h"
#include "costmodel/answer/verdict.h"

namespace cli {

namespace {

struct EstimateOptions {
  ScenarioOptions scenario;
  ReportOptions report;
  std::string plan;
  std::string explain;
};

// The verdict about one plan: nothing was searched, so it does not say "run".
costmodel::Verdict verdict_of(costmodel::Pricer& pricer, const costmodel::PlanReport& report) {
  costmodel::Verdict verdict = costmodel::compare_verdict(pricer, {report.price});
  const std::string run = "Run ";
  if (report.runs()) {
    if (verdict.text.starts_with(run)) verdict.text.erase(0, run.size());
    return verdict;
  }
  verdict.text = report.name + " does not run: " + report.price.rejected->text + ".";
  if (!verdict.nearest_change.empty()) verdict.text += " It would fit with " + verdict.nearest_change + ".";
  return verdict;
}

Output run_estimate(const EstimateOptions& options) {
  const costmodel::Scenario scenario = load_scenario(options.scenario);
  costmodel::Pricer pricer(scenario);
  const costmodel::PlanReport report = plan_report(pricer, pricer.price(chosen_plan(pricer, options.plan)));
  Output output;
  output.exit = report.runs() ? ExitCode::answered : ExitCode::no;
  if (!options.explain.empty() && !options.report.json) {
    output.text = explanation_text({"", explained(report, options.explain)});
    return output;
  }
  const costmodel::Verdict verdict = verdict_of(pricer, report);
  if (options.report.json) {
    Json json = answer_json("estimate", pricer);
    json["verdict"] = verdict_json(verdict, scenario);
    json["plans"] = plans_json({report});
    if (!options.explain.empty())
      json["explanations"] = explanation_json({report.name, explained(report, options.explain)});
    output.text = json_text(json);
    return output;
  }
  output.text = verdict_text(verdict, scenario, options.report);
  if (options.report.quiet) return output;
  if (report.priced()) output.text += "\n" + estimate_text(scenario, report);
  output.text += "\n" + closing_text(pricer, report.priced() ? "time, --explain all" : "");
  return output;
}

}  // namespace

Command estimate_command(CLI::App& root) {
  auto options = std::make_shared<EstimateOptions>();
  CLI::App* app = add_command(
      root, "estimate", "one plan in detail: time, traffic, memory, formulas",
      "ringside estimate examples/llama-7b-128k-8xa100.toml --plan ring --explain time\n\n" + plan_help());
  add_scenario_options(*app, options->scenario);
  app->add_option("--plan", options->plan, "a plan by name or axes; otherwise the file's, else the best one")
      ->type_name("PLAN")
      ->check(not_empty("a plan, such as burst or ring:grad_dtype=fp32"));
  app->add_option("--explain", options->explain,
                  "the formula behind figures, with its numbers: time, traffic, memory.peak, all")
      ->type_name("FIGURE")
      ->check(not_empty("a figure, such as time or memory.peak"));
  add_report_options(*app, options->report, HasCsv::no);
  return {app, [options] { return run_estimate(*options); }};
}

}  // namespace cli
