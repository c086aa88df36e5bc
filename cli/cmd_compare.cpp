// `ringside compare`: a few plans side by side, with ratios against the first.
#include <algorithm>
#include <memory>

#include "cli/commands.h"
#include "cli/compare_text.h"
#include "cli/plan_json.h"
#include "cli/plan_table.h"
#include "cli/report_parts.h"
#include "cli/scenario_input.h"
#include "costmodel/answer/verdict.h"

namespace cli {

namespace {

struct CompareOptions {
  ScenarioOptions scenario;
  ReportOptions report;
  std::string plans = "burst,burst-kv,ring,ulysses,tensor";
  std::string explain;
};

std::vector<costmodel::PlanPrice> price_all(costmodel::Pricer& pricer, const std::string& plans) {
  std::vector<costmodel::PlanPrice> prices;
  for (const std::string& text : split_list(plans, "--plans", "burst,ring,tensor")) {
    const costmodel::Plan plan = plan_named(pricer, text, "--plans");
    const bool known = std::any_of(prices.begin(), prices.end(),
                                   [&](const costmodel::PlanPrice& price) { return price.plan == plan; });
    if (!known) prices.push_back(pricer.price(plan));
  }
  return prices;
}

Output run_compare(const CompareOptions& options) {
  const costmodel::Scenario scenario = load_scenario(options.scenario);
  costmodel::Pricer pricer(scenario);
  const std::vector<costmodel::PlanPrice> prices = price_all(pricer, options.plans);
  const std::vector<costmodel::PlanReport> reports = plan_reports(pricer, prices);
  Output output;
  const bool any =
      std::any_of(reports.begin(), reports.end(), [](const costmodel::PlanReport& r) { return r.runs(); });
  output.exit = any ? ExitCode::answered : ExitCode::no;
  if (options.report.csv) {
    output.text = plan_csv_head();
    for (const costmodel::PlanReport& report : reports)
      output.text += plan_csv_line(report.name, report.price);
    return output;
  }
  if (!options.explain.empty() && !options.report.json) {
    output.text = explanation_text(explained(pricer, reports, options.explain));
    return output;
  }
  const costmodel::Verdict verdict = costmodel::compare_verdict(pricer, prices);
  if (options.report.json) {
    Json json = answer_json("compare", pricer);
    json["verdict"] = verdict_json(verdict, scenario);
    json["plans"] = plans_json(reports);
    json["traffic_notes"] = traffic_notes(scenario, reports);
    if (!options.explain.empty())
      json["explanations"] = explanation_json(explained(pricer, reports, options.explain));
    output.text = json_text(json);
    return output;
  }
  output.text = verdict_text(verdict, scenario, options.report);
  if (options.report.quiet) return output;
  output.text += "\n" + compare_text(scenario, reports) + "\n" +
                 closing_text(pricer, explain_example(reports.front(), "traffic"));
  return output;
}

}  // namespace

Command compare_command(CLI::App& root) {
  auto options = std::make_shared<CompareOptions>();
  CLI::App* app = add_command(
      root, "compare", "some plans side by side",
      "ringside compare examples/llama-7b-128k-8xa100.toml --plans burst,ring,tensor\n\n" + plan_help());
  add_scenario_options(*app, options->scenario);
  app->add_option("--plans", options->plans,
                  "names or axes with commas between them: burst,ring:grad_dtype=fp32")
      ->type_name("PLANS")
      ->capture_default_str();
  app->add_option("--explain", options->explain,
                  "the formula behind figures, with its numbers: ring.traffic, burst.time")
      ->type_name("PLAN.FIGURE")
      ->check(not_empty("a plan and a figure, such as burst.time"));
  add_report_options(*app, options->report, HasCsv::yes);
  return {app, [options] { return run_compare(*options); }};
}

}  // namespace cli
