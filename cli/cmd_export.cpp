// `ringside export`: a plan as launch flags or code of a framework, and what the framework cannot express.
#include <memory>

#include "cli/commands.h"
#include "cli/plan_choice.h"
#include "cli/plan_json.h"
#include "cli/scenario_input.h"
#include "cli/scenario_json.h"
#include "costmodel/base/error.h"
#include "costmodel/formats/framework_export.h"
#include "costmodel/plan/plan_alias.h"
#include "costmodel/plan/plan_text.h"

namespace cli {

using costmodel::FrameworkExport;

namespace {

struct ExportOptions {
  ScenarioOptions scenario;
  std::string plan;
  std::string to;
  bool json = false;
};

costmodel::Framework framework_named(const std::string& text) {
  try {
    return costmodel::parse_framework(text);
  } catch (const costmodel::Error& error) {
    throw error.at(costmodel::InputLocation{"", 0, 0, "--to"});
  }
}

Json export_json(const costmodel::Scenario& scenario, const costmodel::Plan& plan,
                 const FrameworkExport& result) {
  Json json;
  json["schema"] = "ringside/export/1";
  json["scenario"] = scenario_json(scenario);
  json["plan"] = {{"name", costmodel::plan_name(plan, scenario)}, {"axes", costmodel::axes_text(plan)}};
  json["framework"] = costmodel::name_of(result.framework);
  json["source"] = result.source;
  json["environment"] = result.environment;
  json["launcher"] = result.launcher;
  json["flags"] = result.flags;
  json["code"] = result.code;
  json["notes"] = result.notes;
  json["not_expressible"] = result.not_expressible;
  return json;
}

Output run_export(const ExportOptions& options) {
  const costmodel::Framework framework = framework_named(options.to);
  const costmodel::Scenario scenario = load_scenario(options.scenario);
  costmodel::Pricer pricer(scenario);
  const costmodel::Plan plan = chosen_plan(pricer, options.plan);
  // Flags of a plan that cannot run would only fail later, on the cluster.
  if (const auto rejection = pricer.price(plan).rejected) {
    const std::string text = costmodel::plan_name(plan, scenario) + " does not run: " + rejection->text + ".";
    if (options.json) {
      Json json;
      json["schema"] = "ringside/export/1";
      json["scenario"] = scenario_json(scenario);
      json["plan"] = {{"name", costmodel::plan_name(plan, scenario)}, {"axes", costmodel::axes_text(plan)}};
      json["rejected"] = rejection->text;
      return {json_text(json), "", ExitCode::no};
    }
    return {text + "\n", "", ExitCode::no};
  }
  const FrameworkExport result = costmodel::export_plan(framework, scenario, plan);
  return {options.json ? json_text(export_json(scenario, plan, result)) : costmodel::export_text(result), "",
          ExitCode::answered};
}

}  // namespace

Command export_command(CLI::App& root) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App* app =
      add_command(root, "export", "a plan as launch flags of a framework",
                  "ringside export examples/llama-7b-128k-8xa100.toml --plan zigzag-ring --to megatron");
  add_scenario_options(*app, options->scenario);
  app->add_option("--to", options->to, "megatron, usp, ring-flash-attention or burstengine")
      ->type_name("FRAMEWORK")
      ->required();
  app->add_option("--plan", options->plan, "a plan by name or axes; otherwise the file's, else the best one")
      ->type_name("PLAN")
      ->check(not_empty("a plan, such as burst or ring:grad_dtype=fp32"));
  app->add_flag("--json", options->json, "one JSON object");
  return {app, [options] { return run_export(*options); }};
}

}  // namespace cli
