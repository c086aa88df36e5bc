#include "cli/import_trace.h"

#include <memory>

#include "cli/plan_choice.h"
#include "cli/scenario_input.h"
#include "costmodel/base/error.h"
#include "costmodel/plan/plan_alias.h"
#include "costmodel/plan/reject.h"
#include "validation/measured_trace.h"
#include "validation/nsys_trace.h"
#include "validation/torch_trace.h"

namespace cli {

using costmodel::Error;
using costmodel::InputLocation;
using validation::GpuTrace;

namespace {

struct TraceOptions {
  std::vector<std::string> files;
  std::string scenario, calibration, plan, marker, trace;
  int rank = -1;
  ReportOptions report;
};

std::vector<GpuTrace> torch_traces(const TraceOptions& options) {
  if (options.rank >= 0 && options.files.size() > 1)
    throw Error("names the rank of one file, and there are " + std::to_string(options.files.size()) +
                    "; expected one file with it, or files that say their rank (\"distributedInfo\")",
                InputLocation{"", 0, 0, "--rank"});
  std::vector<GpuTrace> traces;
  for (const std::string& file : options.files) {
    traces.push_back(validation::read_torch_trace(file));
    if (options.rank >= 0) traces.back().rank = options.rank;
  }
  return traces;
}

std::vector<GpuTrace> nsys_traces(const TraceOptions& options) {
  if (options.files.size() > 1)
    throw Error(
        "are " + std::to_string(options.files.size()) +
            " reports of Nsight Systems, whose times each count from their own start; expected one, of all "
            "ranks of a host or of one rank",
        InputLocation{"", 0, 0, "the files"});
  return validation::read_nsys_trace(options.files.front(), std::max(options.rank, 0));
}

template <class Read>
Output run(const TraceOptions& options, Read read) {
  const costmodel::Scenario scenario = load_scenario({options.scenario, {}, options.calibration});
  costmodel::Pricer pricer(scenario);
  const costmodel::Plan plan = chosen_plan(pricer, options.plan);
  TraceReport report;
  report.plan = costmodel::plan_name(plan, scenario);
  if (const auto why = costmodel::reject(scenario, plan))
    return {report.plan + " does not run, so there is no prediction: " + why->text + ".\n", "", ExitCode::no};
  report.overlay = validation::overlay(pricer, plan, read(options), options.marker);
  if (!options.trace.empty())
    write_file(options.trace, validation::chrome_trace(report.overlay, pricer.map(), report.plan));
  return {options.report.json ? trace_json_text(report, pricer) : trace_text(report, pricer, options.report),
          "", ExitCode::answered};
}

template <class Read>
Command trace_command(CLI::App& parent, const std::string& name, const std::string& summary,
                      const std::string& example, const std::string& file_help, const std::string& rank_help,
                      Read read) {
  auto options = std::make_shared<TraceOptions>();
  CLI::App* app = add_command(parent, name, summary, example + "\n\n" + plan_help());
  app->add_option("traces", options->files, file_help)->required()->type_name("FILE")->expected(1, 65536);
  app->add_option("--scenario", options->scenario, "the scenario that ran (TOML)")
      ->required()
      ->type_name("FILE");
  app->add_option("--calibration", options->calibration,
                  "constants that predictions rest on, as ringside calibrate writes them")
      ->type_name("FILE")
      ->check(not_empty("a file name, such as here.toml"));
  app->add_option("--plan", options->plan,
                  "the plan that ran, by name or axes; otherwise the file's, else the best")
      ->type_name("PLAN")
      ->check(not_empty("a plan, such as zigzag-ring or ring:grad_dtype=fp32"));
  app->add_option("--rank", options->rank, rank_help)->type_name("N")->check(CLI::Range(0, 1048575));
  app->add_option(
         "--step-marker", options->marker,
         "part of the name of the annotation around a step, or of the kernel that begins it; without "
         "it steps are found by their attention kernels")
      ->type_name("NAME")
      ->check(not_empty("part of a name, such as ProfilerStep"));
  app->add_option("--trace", options->trace,
                  "write a measured step with the plan's names, for Perfetto (JSON)")
      ->type_name("FILE")
      ->check(not_empty("a file name, such as measured.json"));
  add_report_options(*app, options->report, HasCsv::no);
  return {app, [options, read] { return run(*options, read); }};
}

}  // namespace

std::vector<Command> import_trace_commands(CLI::App& parent) {
  return {
      trace_command(parent, "torch-trace", "a profile of torch.profiler, laid over the prediction of a plan",
                    "ringside import torch-trace examples/import/torch-rank0.json "
                    "--scenario examples/import/zigzag-4xa100.toml",
                    "what export_chrome_trace wrote, one file a rank",
                    "the rank of the file, when it does not say", torch_traces),
      trace_command(parent, "nsys-trace", "a profile of Nsight Systems, laid over the prediction of a plan",
                    "ringside import nsys-trace examples/import/nsys-gpu-trace.csv "
                    "--scenario examples/import/zigzag-4xa100.toml",
                    "what nsys stats --report cuda_gpu_trace --format csv printed",
                    "the rank of the first GPU in it (0)", nsys_traces)};
}

}  // namespace cli
