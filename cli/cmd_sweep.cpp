// `ringside sweep`: the winner at every point of a grid over scenario numbers.
#include <algorithm>
#include <memory>
#include <thread>

#include "cli/cancellation.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/scenario_input.h"
#include "cli/sweep_report.h"
#include "costmodel/base/error.h"
#include "costmodel/spec/spec_text.h"

namespace cli {

using costmodel::Error;
using costmodel::InputLocation;

namespace {

struct SweepOptions {
  ScenarioOptions scenario;
  ReportOptions report;
  std::vector<std::string> over;
  std::string plans;
  int threads = 0;
  std::string output;
};

std::vector<costmodel::SweepAxis> axes_of(const SweepOptions& options) {
  std::vector<costmodel::SweepAxis> axes;
  for (const std::string& text : options.over) {
    axes.push_back(costmodel::parse_sweep_axis(text));
    const costmodel::SweepAxis& axis = axes.back();
    const InputLocation where{"", 0, 0, "--over"};
    for (std::size_t i = 0; i + 1 < axes.size(); ++i)
      if (axes[i].key == axis.key) throw Error(axis.key + " is given twice; expected every key once", where);
  }
  return axes;
}

// Times of one layer and of a whole model do not belong in one table.
void check_phases(const std::vector<costmodel::SweepAxis>& axes) {
  for (const costmodel::SweepAxis& axis : axes) {
    if (axis.key != "phase") continue;
    try {
      for (const std::string& value : axis.values)
        if (costmodel::is_whole_model(costmodel::parse_work_phase(value)) !=
            costmodel::is_whole_model(costmodel::parse_work_phase(axis.values.front())))
          throw Error(
              "phase: " + axis.values.front() + " and " + value +
              " cannot be compared, one is the attention of a layer, the other the whole model; expected "
              "phases of one kind, such as \"phase=forward,backward\"");
    } catch (const Error& error) {
      throw error.at(InputLocation{"", 0, 0, "--over"});
    }
  }
}

Output run_sweep(const SweepOptions& options) {
  const costmodel::Scenario scenario = load_scenario(options.scenario);
  const std::vector<costmodel::SweepAxis> axes = axes_of(options);
  check_phases(axes);
  std::vector<std::string> plans;
  if (!options.plans.empty()) plans = split_list(options.plans, "--plans", "burst,ring,tensor");
  costmodel::Pricer pricer(scenario);
  for (const std::string& plan : plans) static_cast<void>(plan_named(pricer, plan, "--plans"));

  costmodel::SweepOptions how;
  how.threads = options.threads > 0 ? options.threads
                                    : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  std::vector<costmodel::SweepPoint> points;
  {
    const Cancellation cancellation;
    Progress progress("sweep", options.report.quiet ? ShowProgress::no : ShowProgress::when_terminal);
    how.progress = [&](std::size_t done, std::size_t total) {
      progress.update(done, total);
      return !cancellation.by_signal();
    };
    points = costmodel::sweep(scenario, axes, plans, how);
    if (cancellation.by_signal())
      return {"", "ringside sweep: interrupted, nothing was written", ExitCode::interrupted};
  }
  const SweepReport report{scenario, axes, plans, points};
  Output output;
  const bool any =
      std::any_of(points.begin(), points.end(), [](const auto& point) { return point.winner >= 0; });
  output.exit = any ? ExitCode::answered : ExitCode::no;
  output.text = options.report.json  ? sweep_json_text(report)
                : options.report.csv ? sweep_csv(report)
                                     : sweep_text(report, options.report);
  if (!options.output.empty()) {
    write_file(options.output, output.text);
    output.text.clear();
  }
  return output;
}

}  // namespace

Command sweep_command(CLI::App& root) {
  auto options = std::make_shared<SweepOptions>();
  CLI::App* app = add_command(
      root, "sweep", "the winner over a grid of scenario numbers",
      "ringside sweep examples/llama-3-8b-1m-32xh100.toml --over sequence=32K..1M --over nodes=1..8 --csv");
  add_scenario_options(*app, options->scenario);
  app->add_option(
         "--over", options->over,
         "key=values: sequence=32K..1M (doubling), \"nic_bandwidth=25 GB/s..100 GB/s:4\" (4 points), "
         "batch=1,2,4; repeat it for a grid")
      ->required()
      ->type_name("KEY=RANGE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app->add_option("--plans", options->plans,
                  "price these plans only: burst,ring; otherwise the file's plan, else all are searched")
      ->type_name("PLANS")
      ->check(not_empty("plans, such as burst,ring"));
  app->add_option("--threads", options->threads, "threads to use; all cores unless given")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  app->add_option("--output", options->output, "write there instead of to the standard output")
      ->type_name("FILE")
      ->check(not_empty("a file name, such as grid.csv"));
  add_report_options(*app, options->report, HasCsv::yes);
  return {app, [options] { return run_sweep(*options); }};
}

}  // namespace cli
