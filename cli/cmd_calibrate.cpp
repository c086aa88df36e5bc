// `ringside calibrate`: constants of devices and links, fitted to published measurements (--from), to tables
// of links (--from: calibrate_links.h) or to what is measured here (--backend: calibrate_backend.h).
#include <fmt/format.h>

#include <cmath>
#include <memory>

#include "cli/calibrate_backend.h"
#include "cli/calibrate_links.h"
#include "cli/commands.h"
#include "cli/reproduce_report.h"
#include "cli/text_table.h"
#include "costmodel/base/error.h"
#include "costmodel/base/text_file.h"
#include "costmodel/price/calibration_file.h"
#include "costmodel/price/calibration_prior.h"
#include "validation/calibration_fit.h"

namespace cli {

using validation::CalibrationFit;
using validation::FitParameter;

namespace {

struct CalibrateOptions {
  std::vector<std::string> from;
  std::string output;
  CalibrateBackendOptions backend;
  ReportOptions report;
};

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

std::string constraints_text(const FitParameter& parameter) {
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(3, parameter.constraints.size()); ++i)
    text += fmt::format("{}{} {:.0f} %", text.empty() ? "" : ", ", parameter.constraints[i].row,
                        100 * parameter.constraints[i].share);
  return text;
}

double mean_of(const std::vector<validation::ReproducedRow>& rows) {
  return validation::summaries_by_group(rows).back().mean;
}

std::string headline(const CalibrationFit& fit) {
  return fmt::format(
      "{} rows: mean error {} before, {} after the fit; {} for rows of a source and GPU that were left out.",
      fit.after.size(), percent(mean_of(fit.before)), percent(mean_of(fit.after)),
      percent(fit.cross_validated));
}

std::string parameter_table(const CalibrationFit& fit, Colour colour) {
  TextTable table({{"constant"},
                   {"before", Align::right},
                   {"fitted", Align::right},
                   {"+-", Align::right},
                   {"known from rows", Align::right},
                   {"which"}});
  for (const FitParameter& p : fit.parameters)
    table.add({p.name, fmt::format("{:.3g}", p.prior), fmt::format("{:.3g}", p.value), percent(p.sigma),
               percent(p.from_rows), constraints_text(p)},
              p.from_rows < 0.5 ? RowStyle::dim : RowStyle::plain);
  return table.text(2, colour);
}

std::string residual_table(const CalibrationFit& fit, Colour colour) {
  TextTable table({{"row"}, {"source"}, {"before", Align::right}, {"after", Align::right}});
  for (std::size_t i = 0; i < fit.after.size(); ++i) {
    const validation::ReproducedRow& after = fit.after[i];
    if (!after.skipped.empty()) {
      table.add({after.row.id, after.row.source, "", "skipped"}, RowStyle::dim);
      continue;
    }
    table.add({after.row.id, after.row.source, fmt::format("{:+.1f} %", 100 * fit.before[i].error()),
               fmt::format("{:+.1f} %", 100 * after.error())});
  }
  return table.text(2, colour);
}

// How well rows are predicted that the fit has not seen: what is to be expected of the next source.
std::string left_out_table(const CalibrationFit& fit, Colour colour) {
  if (fit.left_out.empty()) return "";
  TextTable table({{"left out of the fit, in turn"},
                   {"rows of"},
                   {"rows", Align::right},
                   {"mean", Align::right},
                   {"worst", Align::right},
                   {"(row)"},
                   {"bias", Align::right}});
  const auto add = [&](const std::string& source, const validation::Summary& s) {
    if (s.rows == 0) return;
    table.add({source, s.group ? std::string(name_of(*s.group)) : "everything", std::to_string(s.rows),
               percent(s.mean), percent(s.worst), s.worst_id, fmt::format("{:+.1f} %", 100 * s.bias)});
  };
  for (const validation::Summary& summary : validation::summaries_by_source(fit.left_out))
    add(summary.source, summary);
  add("all", validation::summaries_by_group(fit.left_out).back());
  return table.text(2, colour);
}

Json left_out_json(const CalibrationFit& fit) {
  Json list = Json::array();
  for (const validation::Summary& s : validation::summaries_by_source(fit.left_out))
    if (s.rows > 0)
      list.push_back({{"source", s.source},
                      {"group", name_of(*s.group)},
                      {"rows", s.rows},
                      {"mean", s.mean},
                      {"worst", s.worst},
                      {"worst_row", s.worst_id},
                      {"bias", s.bias}});
  return list;
}

Json fit_json(const CalibrateOptions& options, const CalibrationFit& fit) {
  Json json;
  json["schema"] = "ringside/calibrate/1";
  json["from"] = options.from.size() == 1 ? Json(options.from.front()) : Json(options.from);
  json["written"] = options.output.empty() ? Json(nullptr) : Json(options.output);
  json["iterations"] = fit.iterations;
  json["mean_before"] = mean_of(fit.before);
  json["mean_after"] = mean_of(fit.after);
  json["cross_validated"] = fit.cross_validated;
  json["left_out_in_turn"] = fit.groups;
  json["left_out"] = left_out_json(fit);
  json["constants"] = Json::array();
  for (const FitParameter& p : fit.parameters) {
    Json constraints = Json::array();
    for (const FitParameter::Constraint& c : p.constraints)
      constraints.push_back({{"row", c.row}, {"share", c.share}});
    json["constants"].push_back({{"name", p.name},
                                 {"devices", p.devices},
                                 {"key", p.key},
                                 {"before", p.prior},
                                 {"before_sigma", p.prior_sigma},
                                 {"value", p.value},
                                 {"sigma", p.sigma},
                                 {"from_rows", p.from_rows},
                                 {"rows", constraints}});
  }
  json["rows"] = Json::array();
  for (std::size_t i = 0; i < fit.after.size(); ++i) {
    const bool skipped = !fit.after[i].skipped.empty();
    json["rows"].push_back({{"id", fit.after[i].row.id},
                            {"before", skipped ? Json(nullptr) : Json(fit.before[i].error())},
                            {"after", skipped ? Json(nullptr) : Json(fit.after[i].error())},
                            {"skipped", skipped ? Json(fit.after[i].skipped) : Json(nullptr)}});
  }
  return json;
}

CalibrationFit fit_of(const std::vector<std::string>& files) {
  const std::string& file = files.front();
  std::vector<validation::PublishedRow> rows;
  for (const std::string& name : files) {
    const std::string text = costmodel::read_text_file(name, "a table of measurements (CSV)");
    for (validation::PublishedRow& row : validation::read_published_rows(text, name))
      rows.push_back(std::move(row));
  }
  try {
    return validation::fit_calibrations(costmodel::prior_calibrations(), rows);
  } catch (const costmodel::Error& error) {
    if (error.where()) throw;
    throw error.at(costmodel::InputLocation{file, 0, 0, ""});
  }
}

Output run_calibrate(const CalibrateOptions& options) {
  if (!options.backend.backend.empty()) {
    CalibrateBackendOptions live = options.backend;
    live.output = options.output;
    live.report = options.report;
    return run_calibrate_backend(live);
  }
  if (options.from.empty())
    throw costmodel::Error(
        "nothing says what to calibrate from; expected --backend cpu or cuda to measure this machine, or "
        "--from "
        "with a table of measurements");
  if (std::optional<Output> links = calibrate_links(options.from, options.output, options.report))
    return *links;
  const CalibrationFit fit = fit_of(options.from);
  if (!options.output.empty())
    write_file(
        options.output,
        costmodel::calibration_text(
            fit.set, fmt::format("Calibrations of Ringside, written by\n  ringside calibrate --from {} -o "
                                 "{}\n{}\nRun it again after a change; edits by hand are lost.\n",
                                 fmt::join(options.from, " "), options.output, headline(fit))));
  if (options.report.json) return {json_text(fit_json(options, fit)), "", ExitCode::answered};
  const Colour colour = options.report.colour();
  std::string text = emphasised(headline(fit), colour) + "\n";
  if (options.report.quiet) return {text, "", ExitCode::answered};
  text += "\n" + parameter_table(fit, colour) + "\n" + left_out_table(fit, colour) + "\n" +
          residual_table(fit, colour);
  text += options.output.empty() ? "\n  Nothing was written; -o FILE writes the calibrations.\n"
                                 : "\n  Written: " + options.output + "\n";
  return {text, "", ExitCode::answered};
}

void add_measuring_options(CLI::App& app, CalibrateBackendOptions& options) {
  const char* const group = "With --backend";
  const auto add = [&](const char* name, std::string& value, const char* meaning, const char* type) {
    app.add_option(name, value, meaning)
        ->type_name(type)
        ->group(group)
        ->check(not_empty(std::string("a value for ") + name));
  };
  add("--ranks", options.ranks, "cpu: ranks that share the cores, as many as plans will have (one per core)",
      "N");
  add("--gpus", options.gpus, "cuda: how many, one rank each (all)", "N");
  add("--device", options.device, "cuda: the device preset of the GPUs (by their name)", "NAME");
  add("--calibration", options.start, "start from this file and keep its other devices", "FILE");
  add("--samples", options.samples, "timed rounds after a warm-up (20)", "N");
  add("--deadline", options.deadline, "how long a rank waits for another before all give up (30 s)", "TIME");
  add("--progress", options.progress, "json: progress as lines of JSON on the standard error", "FORM");
  app.add_flag("--quick", options.quick, "small sizes: shows that it works, and says little of the machine")
      ->group(group);
  app.add_flag("--noisy", options.noisy, "take samples whose spread is over 3 %")->group(group);
}

}  // namespace

Command calibrate_command(CLI::App& root) {
  auto options = std::make_shared<CalibrateOptions>();
  CLI::App* app =
      add_command(root, "calibrate", "constants of devices and links: measured here, or fitted to a table",
                  "ringside calibrate --backend cpu -o here.toml\n"
                  "  ringside calibrate --backend cuda --gpus 8 -o here.toml\n"
                  "  ringside calibrate --from validation/published/calibration.csv -o here.toml");
  CLI::Option* from = app->add_option("--from", options->from,
                                      "tables of measurements (CSV, validation/published/README.md), or of "
                                      "links: nccl-tests logs, CSV "
                                      "of sizes and bandwidths; may be given more than once")
                          ->type_name("FILE");
  app->add_option("--backend", options->backend.backend, "measure this machine: cpu, or cuda for its GPUs")
      ->type_name("NAME")
      ->check(not_empty("cpu or cuda"))
      ->excludes(from);
  add_measuring_options(*app, options->backend);
  app->add_option("-o,--output", options->output, "write the calibrations to this file (TOML)")
      ->type_name("FILE")
      ->check(not_empty("a file name, such as here.toml"));
  add_report_options(*app, options->report, HasCsv::no);
  return {app, [options] { return run_calibrate(*options); }};
}

}  // namespace cli
