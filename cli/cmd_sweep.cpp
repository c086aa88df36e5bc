// `ringside sweep`: the winner at every point of a grid over scenario numbers.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "cli/cancellation.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/scenario_input.h"
#include "cli/sweep_report.h"
#include "costmodel/base/error.h"
#include "costmodel/spec/spec_text.h"
#if RINGSIDE_SIMULATOR
#include "cli/mpi_grid.h"
#include "cli/sweep_simulation.h"
#include "cli/sweep_simulation_options.h"
#include "simulator/what_if_text.h"
#endif

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
  std::string output, progress;
#if RINGSIDE_SIMULATOR
  SweepSimulationOptions simulation;
#endif
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

int threads_of(const SweepOptions& options) {
  return options.threads > 0 ? options.threads
                             : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

Output interrupted() {
  return {"", "ringside sweep: interrupted, nothing was written", ExitCode::interrupted};
}

ExitCode exit_of(const SweepReport& report) {
  const auto won = [](const auto& point) { return point.winner >= 0; };
  const bool any = report.simulated.empty()
                       ? std::any_of(report.points.begin(), report.points.end(), won)
                       : std::any_of(report.simulated.begin(), report.simulated.end(), won);
  return any ? ExitCode::answered : ExitCode::no;
}

Output written(const SweepReport& report, const SweepOptions& options) {
  Output output;
  output.exit = exit_of(report);
  output.text = options.report.json  ? sweep_json_text(report)
                : options.report.csv ? sweep_csv(report)
                                     : sweep_text(report, options.report);
  if (!options.output.empty()) {
    write_file(options.output, output.text);
    output.text.clear();
  }
  return output;
}

// What a sweep is told before it reads anything; errors here are the same on every rank.
struct SweepRequest {
  const SweepOptions& options;
  std::vector<costmodel::SweepAxis> axes;
  std::vector<std::string> plans;
};

SweepRequest request_of(const SweepOptions& options) {
  SweepRequest request{options, axes_of(options), {}};
  check_phases(request.axes);
  if (!options.plans.empty()) request.plans = split_list(options.plans, "--plans", "burst,ring,tensor");
  return request;
}

// Of the whole work, before simulations begin.
double analytic_share(const SweepOptions& options) {
#if RINGSIDE_SIMULATOR
  if (options.simulation.simulate) return 0.1;
#endif
  static_cast<void>(options);
  return 1;
}

// The analytic part; nothing when it was interrupted.  `beat` is called often.
std::optional<std::vector<costmodel::SweepPoint>> analytic_points(const SweepRequest& request,
                                                                  const costmodel::Scenario& scenario,
                                                                  const Cancellation& cancellation,
                                                                  const std::function<void()>& beat) {
  costmodel::Pricer pricer(scenario);
  for (const std::string& plan : request.plans) static_cast<void>(plan_named(pricer, plan, "--plans"));
  costmodel::SweepOptions how;
  how.threads = threads_of(request.options);
  Progress progress("sweep", request.options.report.quiet ? ShowProgress::no : ShowProgress::when_terminal);
  ProgressLines lines(request.options.progress == "json");
  how.progress = [&](std::size_t done, std::size_t total) {
    progress.update(done, total);
    lines.update(analytic_share(request.options) * static_cast<double>(done) / static_cast<double>(total));
    beat();
    return !cancellation.by_signal();
  };
  std::vector<costmodel::SweepPoint> points = costmodel::sweep(scenario, request.axes, request.plans, how);
  if (cancellation.by_signal()) return std::nullopt;
  lines.update(analytic_share(request.options));
  return points;
}

#if RINGSIDE_SIMULATOR

// The signals keep their meaning, and the other ranks their connection, until the answer is written.
struct Stay {
  std::shared_ptr<GridRanks> ranks;
  Cancellation cancellation;
};

GridOptions grid_options(const SweepRequest& request, const Stay& stay) {
  GridOptions how;
  how.at_once = threads_of(request.options);
  if (stay.ranks && request.options.threads == 0)
    how.at_once = std::min(how.at_once, usable_cores(stay.ranks->on_this_machine()));
  how.lost_after = std::chrono::duration<double>(lost_after(request.options.simulation).value);
  how.stop = [&stay] {
    // mpirun ends a job with SIGTERM.
    if (stay.cancellation.signal() == CancelSignal::end && stay.ranks) return GridStop::ended;
    if (stay.ranks && stay.ranks->rank() == 0 && stay.cancellation.was_continued())
      return GridStop::continued;
    return stay.cancellation.requested() ? GridStop::interrupted : GridStop::no;
  };
  return how;
}

// What the streams have to say beside the report.
void add_losses(Output& output, const SimulatedSweep& simulated, const SweepOptions& options) {
  const bool in_report = options.output.empty() && !options.report.csv && !options.report.quiet;
  if (!in_report)
    for (const std::string& loss : simulated.losses) output.message += "ringside sweep: " + loss + "\n";
  if (simulated.missing == 0) return;
  output.exit = ExitCode::failed;
  output.message += fmt::format("ringside sweep: {} of {} simulations are missing, the report says why{}\n",
                                simulated.missing, simulated.asked,
                                simulated.stop == GridStop::ended
                                    ? "; with mpirun --enable-recovery a sweep goes on without a lost rank"
                                    : "");
}

Output run_sweep(const SweepOptions& options) {
  const SweepRequest request = request_of(options);
  check_simulation(options.simulation);
  const simulator::SimulationOptions simulation = simulation_options(options.simulation.what_if);
  static_cast<void>(lost_after(options.simulation));
  std::shared_ptr<GridRanks> ranks = mpi_ranks();
  std::optional<costmodel::Scenario> scenario;
  if (!ranks || ranks->rank() == 0) scenario = load_scenario(options.scenario);
  const auto stay = std::make_shared<Stay>();
  stay->ranks = std::move(ranks);
  GridOptions how = grid_options(request, *stay);
  if (!scenario) return serve_sweep(request.axes, simulation, *stay->ranks, how);

  std::optional<Heartbeat> heartbeat;
  if (stay->ranks) heartbeat.emplace(*stay->ranks);
  const auto points = analytic_points(request, *scenario, stay->cancellation, [&] {
    if (heartbeat) heartbeat->beat();
  });
  if (!points) return interrupted();
  SweepReport report{*scenario, request.axes, request.plans, *points};
  SimulatedSweep simulated;
  if (options.simulation.simulate) {
    Progress progress("simulate", options.report.quiet ? ShowProgress::no : ShowProgress::when_terminal);
    ProgressLines lines(options.progress == "json");
    how.progress = [&, before = analytic_share(options)](double share) {
      progress.update(static_cast<std::size_t>(1000 * share), 1000);
      lines.update(before + (1 - before) * share);
    };
    simulated = simulate_sweep(*scenario, request.axes, *points, simulation, stay->ranks.get(), how);
    if (simulated.stop == GridStop::interrupted) return interrupted();
    report.simulated = simulated.points;
    report.what_if = simulator::what_if_text(simulation.what_if);
    report.losses = simulated.losses;
  }
  if (simulated.stop == GridStop::ended) stay->ranks->abandon();
  Output output = written(report, options);
  add_losses(output, simulated, options);
  output.until_written = stay;
  return output;
}

#else

Output run_sweep(const SweepOptions& options) {
  const SweepRequest request = request_of(options);
  const costmodel::Scenario scenario = load_scenario(options.scenario);
  const Cancellation cancellation;
  const auto points = analytic_points(request, scenario, cancellation, [] {});
  if (!points) return interrupted();
  return written({scenario, request.axes, request.plans, *points}, options);
}

#endif

}  // namespace

Command sweep_command(CLI::App& root) {
  auto options = std::make_shared<SweepOptions>();
  CLI::App* app = add_command(
      root, "sweep", "the winner over a grid of scenario numbers",
      "ringside sweep examples/llama-3-8b-1m-32xh100.toml --over sequence=32K..1M --over nodes=1..8 --csv"
#if RINGSIDE_SIMULATOR
      "\n  mpirun -np 4 ringside sweep examples/llama-3-8b-1m-32xh100.toml --over nodes=2..8 --plans "
      "burst,usp "
      "--simulate --straggler rank=3,slowdown=1.3"
#endif
  );
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
  app->add_option("--threads", options->threads, "threads and simulations at once; all cores unless given")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  app->add_option("--output", options->output, "write there instead of to the standard output")
      ->type_name("FILE")
      ->check(not_empty("a file name, such as grid.csv"));
  app->add_option("--progress", options->progress, "json: progress as lines of JSON on the standard error")
      ->type_name("HOW")
      ->check(CLI::IsMember({"json"}));
#if RINGSIDE_SIMULATOR
  add_simulation_options(*app, options->simulation);
#endif
  add_report_options(*app, options->report, HasCsv::yes);
  return {app, [options] { return run_sweep(*options); }};
}

}  // namespace cli
