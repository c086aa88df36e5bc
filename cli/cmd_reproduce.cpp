// `ringside reproduce`: published measurements, predicted row by row.
#include <memory>

#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/reproduce_report.h"
#include "costmodel/base/text_file.h"
#include "costmodel/price/calibration_file.h"
#if RINGSIDE_SIMULATOR
#include "cli/reproduce_simulated.h"
#endif

namespace cli {

namespace {

struct ReproduceOptions {
  std::string file, csv, calibration;
  ReportOptions report;
  bool simulate = false;
};

constexpr const char* analytic = "the cost model";

std::vector<validation::ReproducedRow> priced(const std::vector<validation::PublishedRow>& rows,
                                              const costmodel::CalibrationSet& calibrations,
                                              Progress& progress) {
  std::vector<validation::ReproducedRow> result;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    result.push_back(validation::reproduce(rows[i], calibrations));
    progress.update(i + 1, rows.size());
  }
  return result;
}

Output run_reproduce(const ReproduceOptions& options) {
  const std::string text = costmodel::read_text_file(options.file, "a table of measurements (CSV)");
  const std::vector<validation::PublishedRow> rows =
      validation::read_published_rows(text, options.file, validation::BadRows::listed);
  const costmodel::CalibrationSet calibrations = options.calibration.empty()
                                                     ? costmodel::built_in_calibrations()
                                                     : costmodel::read_calibrations(options.calibration);
  Progress progress("reproduce", options.report.quiet ? ShowProgress::no : ShowProgress::when_terminal);
  ReproduceReport report{options.file, analytic, calibrations.name, {}};
#if RINGSIDE_SIMULATOR
  if (options.simulate) {
    report.engine = "the simulator";
    std::optional<std::vector<validation::ReproducedRow>> simulated =
        simulated_rows(rows, calibrations, progress);
    if (!simulated)
      return {"", "ringside reproduce: interrupted, nothing was written", ExitCode::interrupted};
    report.rows = std::move(*simulated);
  }
#endif
  if (report.rows.empty()) report.rows = priced(rows, calibrations, progress);
  if (!options.csv.empty()) write_file(options.csv, reproduce_csv(report));
  return {options.report.json ? json_text(reproduce_json(report)) : reproduce_text(report, options.report),
          "", ExitCode::answered};
}

}  // namespace

Command reproduce_command(CLI::App& root) {
  auto options = std::make_shared<ReproduceOptions>();
  CLI::App* app = add_command(root, "reproduce", "published measurements, predicted row by row",
                              "ringside reproduce validation/published/open.csv");
  app->add_option("rows", options->file, "table of measurements (CSV): validation/published/README.md")
      ->required()
      ->type_name("FILE");
#if RINGSIDE_SIMULATOR
  app->add_flag("--simulate", options->simulate, "times from the simulator instead of the cost model");
#endif
  app->add_option("--calibration", options->calibration, "calibrations that ringside calibrate wrote")
      ->type_name("FILE")
      ->check(not_empty("a file name, such as here.toml"));
  app->add_option("--csv", options->csv, "write the rows with their predictions to this file")
      ->type_name("FILE")
      ->check(not_empty("a file name, such as predicted.csv"));
  add_report_options(*app, options->report, HasCsv::no);
  return {app, [options] { return run_reproduce(*options); }};
}

}  // namespace cli
