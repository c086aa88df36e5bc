// `ringside validate`: runs a plan on real ranks, checks its numbers and compares prediction and clock.
#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>

#include "cli/commands.h"
#include "cli/count_flags.h"
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
#include "costmodel/price/calibration_file.h"
#include "costmodel/price/scenario_calibration.h"
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
  std::string progress;
  std::string update;  // the file that the run is folded into
  bool noisy = false;
};

// The scenario with as many devices as there will be ranks.
costmodel::Scenario scenario_of(const ValidateOptions& options,
                                const std::optional<kernels::LaunchedAs>& launched) {
  ScenarioOptions what = options.scenario;
  // What is there is what is brought up to date.
  if (what.calibration.empty() && !options.update.empty() && std::filesystem::exists(options.update))
    what.calibration = options.update;
  costmodel::Scenario scenario = load_scenario(what);
  int ranks = scenario.usable_gpus();
  if (!options.ranks.empty()) ranks = count_flag("--ranks", options.ranks, "the number of ranks", 1024);
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
    return "kernels mask causal, full and sliding, not packed documents; --mask causal runs them as one";
  if (workload.cached_tokens() > 0)
    return "cached tokens are priced, and not run; without the key cached the new tokens are";
  return {};
}

// The next longer sequence that the plan divides; nothing where the length is not what is wrong.
std::string divided_length(costmodel::Scenario scenario, const costmodel::Plan& plan) {
  std::int64_t& sequence = scenario.workload.sequence;
  const std::int64_t last = sequence + 2 * std::int64_t{plan.world_size()};
  while (++sequence <= last)
    if (!reject(scenario, plan)) return fmt::format("; --sequence {} does", sequence);
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
  // Whatever computes, and whether or not it is here.
  if (const std::string_view unable = cannot_run(scenario.workload); !unable.empty()) {
    const std::string name = costmodel::plan_name(request.plan, scenario);
    prepared.answer = refusal(options, name + " is not run: " + std::string(unable));
    return prepared;
  }
  prepared.place = choose_place(options.place, scenario, launched, request);
  request.repetitions =
      count_flag("--repetitions", options.repetitions, "the number of repetitions", 100'000);
  if (!options.update.empty()) {
    request.fold_in = options.noisy ? validation::FoldIn::noisy_too : validation::FoldIn::when_quiet;
    if (request.repetitions < validation::least_repetitions)
      throw Error(fmt::format("{} repetitions are too few to hold half of them back; expected at least {}",
                              request.repetitions, validation::least_repetitions),
                  InputLocation{"", 0, 0, "--repetitions"});
  }
  prepared.plan_name = costmodel::plan_name(request.plan, request.scenario);
  prepared.ranks = ranks_text(prepared.place, request, launched);
  if (launched && request.plan.world_size() != launched->size)
    throw Error(
        fmt::format("the plan {} has {} ranks, mpirun started {} processes; expected mpirun -np {}",
                    prepared.plan_name, request.plan.world_size(), launched->size, request.plan.world_size()),
        InputLocation{"", 0, 0, "--plan"});
  if (const auto rejection = reject(request.scenario, request.plan)) {
    const bool length = rejection->reason == costmodel::RejectReason::tokens;
    const std::string remedy = length ? divided_length(request.scenario, request.plan) : std::string();
    prepared.answer = refusal(options, prepared.plan_name + " does not run: " + rejection->text + remedy);
  }
  return prepared;
}

// The calibrations that predicted the run, with what it taught.
std::string updated_file(const costmodel::Scenario& scenario, const validation::CalibrationUpdate& update,
                         const std::string& plan) {
  costmodel::CalibrationSet set = costmodel::calibrations_for(scenario);
  if (!scenario.calibrations)
    set.devices.clear();  // devices that nobody measured here keep the built-in ones
  if (costmodel::Calibration* old = set.find(update.after.device); old != nullptr)
    *old = update.after;
  else
    set.devices.push_back(update.after);
  return costmodel::calibration_text(
      set,
      fmt::format("Brought up to date by ringside validate, {}: error of the whole plan {:+.1f} % before, "
                  "{:+.1f} % after, for repetitions that were held back.\n",
                  plan, 100 * update.error_before, 100 * update.error_after));
}

Output report_of(const ValidateOptions& options, const Prepared& prepared,
                 validation::ValidationReport&& validation) {
  if (!options.trace.empty()) write_file(options.trace, validation.trace);
  if (validation.update && validation.update->taken)
    write_file(options.update, updated_file(validation.scenario, *validation.update, prepared.plan_name));
  const double core_share = prepared.place.on == RanksOn::cores ? share_of_core(prepared.request.place) : 0.0;
  const ValidateReport report{std::move(validation), prepared.request.plan,
                              prepared.plan_name,    prepared.request.backend->description({}),
                              prepared.ranks,        core_share,
                              options.update};
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
  ProgressLines lines(options.progress == "json");
  prepared.request.progress = [&](std::size_t done, std::size_t total) {
    progress.update(done, total);
    if (total > 0) lines.update(static_cast<double>(done) / static_cast<double>(total));
  };
  const auto host = host_of(prepared.place, deadline_flag(options.deadline), nullptr);
  return report_of(options, prepared, *validation::validate(prepared.request, *host));
}

// One of several processes.  Only rank 0 prints, except that every rank says why it failed.
Output run_process(const ValidateOptions& options, const kernels::LaunchedAs& launched) {
  Prepared prepared;
  std::chrono::milliseconds deadline{};
  try {
    prepared = prepare(options, launched);
    deadline = deadline_flag(options.deadline);
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
  app->add_option("--progress", options->progress, "json: progress as lines of JSON on the standard error")
      ->type_name("HOW")
      ->check(CLI::IsMember({"json"}));
  app->add_option("--update-calibration", options->update,
                  "fold this run into the calibrations of a file, which is made when it is not there")
      ->type_name("FILE")
      ->check(not_empty("a file name, such as here.toml"));
  app->add_flag("--noisy", options->noisy,
                "with --update-calibration: also a run whose spread is over 3 % or that shared its cores");
  add_report_options(*app, options->report, HasCsv::no);
  return {app, [options] { return run_validate(*options); }};
}

}  // namespace cli
