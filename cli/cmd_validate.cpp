// `ringside validate`: runs a plan on real ranks, checks its numbers and compares prediction and clock.
#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>

#include "cli/commands.h"
#include "cli/plan_choice.h"
#include "cli/plan_json.h"
#include "cli/progress.h"
#include "cli/scenario_input.h"
#include "cli/validate_place.h"
#include "cli/validate_report.h"
#include "costmodel/base/error.h"
#include "costmodel/base/unit_text.h"
#include "costmodel/plan/plan_alias.h"
#include "costmodel/plan/reject.h"
#include "kernels/launch_environment.h"
#include "kernels/mpi_ranks.h"
#include "kernels/tensor_view.h"
#include "kernels/thread_ranks.h"

namespace cli {

using costmodel::Error;
using costmodel::InputLocation;

namespace {

struct ValidateOptions {
  ScenarioOptions scenario;
  ReportOptions report;
  std::string plan;
  PlaceOptions place;
  std::string ranks;
  std::string repetitions = "9";
  std::string deadline = "30 s";
  std::string trace;
};

template <class Parse>
auto flag_value(const std::string& flag, Parse parse) {
  try {
    return parse();
  } catch (const Error& error) {
    throw error.at(InputLocation{"", 0, 0, flag});
  }
}

std::chrono::milliseconds deadline_of(const ValidateOptions& options) {
  const costmodel::Seconds time =
      flag_value("--deadline", [&] { return costmodel::parse_seconds(options.deadline); });
  if (time.value < 0.001 || time.value > 86400)
    throw Error("a deadline of " + options.deadline +
                    " is not between 1 ms and 86400 s; expected a time such as \"30 s\"",
                InputLocation{"", 0, 0, "--deadline"});
  return std::chrono::milliseconds(static_cast<std::int64_t>(time.value * 1000));
}

int count_of(const std::string& flag, const std::string& text, const std::string& what, int largest) {
  return static_cast<int>(flag_value(flag, [&] { return costmodel::parse_count(text, what, 1, largest); }));
}

// The scenario with as many devices as there will be ranks.
costmodel::Scenario scenario_of(const ValidateOptions& options,
                                const std::optional<kernels::LaunchedAs>& launched) {
  costmodel::Scenario scenario = load_scenario(options.scenario);
  int ranks = scenario.usable_gpus();
  if (!options.ranks.empty()) ranks = count_of("--ranks", options.ranks, "the number of ranks", 1024);
  if (launched) {
    if (!options.ranks.empty() && ranks != launched->size)
      throw Error(fmt::format("{} ranks, but mpirun started {} processes, one per rank; expected the same "
                              "number, or no --ranks",
                              ranks, launched->size),
                  InputLocation{"", 0, 0, "--ranks"});
    ranks = launched->size;
  }
  if (ranks == scenario.usable_gpus()) return scenario;
  validation::set_ranks(scenario, ranks);
  if (!scenario.plan_text.empty()) scenario.plan = costmodel::plan_from_alias(scenario.plan_text, scenario);
  return scenario;
}

struct Prepared {
  validation::ValidationRequest request;
  ValidatePlace place;
  std::string plan_name;
  std::string ranks;             // in words
  std::optional<Output> answer;  // when the plan cannot run
};

// What is priced and not executed.
std::string_view cannot_run(const costmodel::WorkloadSpec& workload) {
  if (workload.mask.kind == costmodel::MaskKind::documents)
    return "kernels mask causal, full and sliding, not packed documents";
  if (workload.cached_tokens() > 0)
    return "cached tokens are priced, and not run; without the key cached the new tokens are";
  return {};
}

Output refusal(const ValidateOptions& options, const std::string& why) {
  return {options.report.json ? json_text(error_json(why, {})) : why + ".\n", "", ExitCode::no};
}

// A run may take minutes: what cannot be written is said before it.
void check_trace_path(const std::string& path) {
  namespace fs = std::filesystem;
  if (path.empty()) return;
  std::error_code status;
  const fs::path folder = fs::path(path).parent_path();
  if (fs::is_directory(path, status) || (!folder.empty() && !fs::is_directory(folder, status)))
    throw Error("cannot write " + path + "; expected a file in a folder that exists",
                InputLocation{"", 0, 0, "--trace"});
}

Prepared prepare(const ValidateOptions& options, const std::optional<kernels::LaunchedAs>& launched) {
  check_trace_path(options.trace);
  const costmodel::Scenario scenario = scenario_of(options, launched);
  costmodel::Pricer pricer(scenario);
  Prepared prepared;
  validation::ValidationRequest& request = prepared.request;
  request.plan = costmodel::without_memory_axes(chosen_plan(pricer, options.plan));
  prepared.place = choose_place(options.place, scenario, launched, request);
  request.repetitions = count_of("--repetitions", options.repetitions, "the number of repetitions", 100'000);
  prepared.plan_name = costmodel::plan_name(request.plan, request.scenario);
  prepared.ranks = ranks_text(prepared.place, request, launched);
  if (launched && request.plan.world_size() != launched->size)
    throw Error(
        fmt::format("the plan {} has {} ranks, mpirun started {} processes; expected mpirun -np {}",
                    prepared.plan_name, request.plan.world_size(), launched->size, request.plan.world_size()),
        InputLocation{"", 0, 0, "--plan"});
  const std::string_view unable = cannot_run(scenario.workload);
  if (!unable.empty())
    prepared.answer = refusal(options, prepared.plan_name + " is not run: " + std::string(unable));
  if (const auto rejection = reject(request.scenario, request.plan))
    prepared.answer = refusal(options, prepared.plan_name + " does not run: " + rejection->text);
  return prepared;
}

Output report_of(const ValidateOptions& options, const Prepared& prepared,
                 validation::ValidationReport&& validation) {
  if (!options.trace.empty()) write_file(options.trace, validation.trace);
  const ValidateReport report{std::move(validation), prepared.request.plan, prepared.plan_name,
                              prepared.request.backend->description({}), prepared.ranks};
  costmodel::Pricer pricer(report.validation.scenario);
  Output output;
  output.exit = report.validation.agrees() ? ExitCode::answered : ExitCode::no;
  output.text = options.report.json ? json_text(validate_json(report, pricer))
                                    : validate_text(report, pricer, options.report);
  return output;
}

Output run_threads(const ValidateOptions& options) {
  Prepared prepared = prepare(options, {});
  if (prepared.answer) return *prepared.answer;
  Progress progress("validate", options.report.quiet ? ShowProgress::no : ShowProgress::when_terminal);
  prepared.request.progress = [&](std::size_t done, std::size_t total) { progress.update(done, total); };
  const auto host = host_of(prepared.place, deadline_of(options), nullptr);
  return report_of(options, prepared, *validation::validate(prepared.request, *host));
}

// One of several processes.  Only rank 0 prints, except that every rank says why it failed.
Output run_process(const ValidateOptions& options, const kernels::LaunchedAs& launched) {
  Prepared prepared;
  std::chrono::milliseconds deadline{};
  try {
    prepared = prepare(options, launched);
    deadline = deadline_of(options);
    if (!kernels::has_mpi())
      throw Error(
          "mpirun started this program, which was built without MPI; expected libopenmpi-dev and openmpi-bin "
          "to be there when it is built, or a start without mpirun: ranks are then threads");
  } catch (const Error&) {
    if (launched.rank == 0) throw;
    return {};
  }
  if (prepared.answer) return launched.rank == 0 ? *prepared.answer : Output{};
  kernels::MpiSession session(deadline);
  try {
    const auto host = host_of(prepared.place, deadline, &session.communicator());
    std::optional<validation::ValidationReport> report = validation::validate(prepared.request, *host);
    if (!report) return {};
    return report_of(options, prepared, std::move(*report));
  } catch (const std::exception& error) {
    if (options.report.json && launched.rank == 0)
      std::cout << json_text(error_json(error.what(), {})) << std::flush;
    std::cerr << "ringside validate: " << error.what() << std::endl;
    session.leave_after_failure(error.what(), static_cast<int>(ExitCode::failed));
  }
}

Output run_validate(const ValidateOptions& options) {
  const std::optional<kernels::LaunchedAs> launched = kernels::launched_as();
  if (launched && launched->size > 1) return run_process(options, *launched);
  return run_threads(options);
}

}  // namespace

Command validate_command(CLI::App& root) {
  auto options = std::make_shared<ValidateOptions>();
  CLI::App* app = add_command(
      root, "validate", "run a plan on CPU ranks or GPUs: numbers, bytes, time against prediction",
      "ringside validate examples/quick-cpu.toml --ranks 8\n"
      "  mpirun -np 4 ringside validate examples/quick-cpu.toml\n"
      "  ringside validate examples/llama-3-8b-128k-8xa100.toml --backend cuda --gpus 8\n\n" +
          plan_help());
  add_scenario_options(*app, options->scenario);
  app->add_option("--plan", options->plan, "a plan by name or axes; otherwise the file's, else the best one")
      ->type_name("PLAN")
      ->check(not_empty("a plan, such as burst or ring:grad_dtype=fp32"));
  app->add_option("--backend", options->place.backend,
                  "who computes attention: cpu, reference in fp64, cuda, cuda_sm80 or cuda_sm90a (cpu)")
      ->type_name("NAME")
      ->check(not_empty("cpu, reference or cuda"));
  app->add_flag("--virtual", options->place.one_gpu,
                "all ranks on one GPU, messages as copies in its memory");
  app->add_option("--ranks", options->ranks, "ranks, instead of one per GPU of the scenario")
      ->type_name("N")
      ->check(not_empty("a number of ranks, such as 8"));
  app->add_option("--repetitions", options->repetitions, "timed runs after a warm-up (9)")
      ->type_name("N")
      ->check(not_empty("a number of runs, such as 9"));
  app->add_option("--deadline", options->deadline,
                  "how long a rank waits for another before all give up (30 s)")
      ->type_name("TIME")
      ->check(not_empty("a time with its unit, such as \"30 s\""));
  app->add_option("--trace", options->trace, "write the last run as a timeline for Perfetto (JSON)")
      ->type_name("FILE")
      ->check(not_empty("a file name, such as trace.json"));
  add_report_options(*app, options->report, HasCsv::no);
  return {app, [options] { return run_validate(*options); }};
}

}  // namespace cli
