#include "cli/calibrate_links.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/text_table.h"
#include "costmodel/base/error.h"
#include "costmodel/base/text_file.h"
#include "costmodel/base/unit_text.h"
#include "costmodel/formats/cluster_fragment.h"
#include "validation/link_calibration.h"

namespace cli {

using costmodel::AlphaKnown;
using costmodel::BytesPerSecond;
using costmodel::FittedLink;
using costmodel::Seconds;
using validation::FittedRow;
using validation::LinkClassFit;
using validation::LinkConstant;

namespace {

constexpr int longest_mib = 64;  // logs with debug output

std::string class_text(const LinkClassFit& fit) {
  return (fit.link == FittedLink::scale_up ? "inside a node" : "between nodes, of a card") +
         (fit.gpu.empty() ? std::string() : ", " + fit.gpu);
}

std::string constraints_text(const LinkConstant& constant) {
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(3, constant.constraints.size()); ++i)
    text += fmt::format("{}{} {:.0f} %", text.empty() ? "" : ", ", constant.constraints[i].row,
                        100 * constant.constraints[i].share);
  return text;
}

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

const FittedRow& worst_of(const LinkClassFit& fit) {
  return *std::max_element(fit.rows.begin(), fit.rows.end(), [](const FittedRow& a, const FittedRow& b) {
    return std::abs(a.error) < std::abs(b.error);
  });
}

std::string headline(const std::vector<LinkClassFit>& fits) {
  std::size_t rows = 0;
  for (const LinkClassFit& fit : fits) rows += fit.rows.size();
  return fmt::format("{} rows of {} link {}, each a line time = steps x alpha + sent / bandwidth.", rows,
                     fits.size(), fits.size() == 1 ? "class" : "classes");
}

std::string constants_table(const std::vector<LinkClassFit>& fits, Colour colour) {
  TextTable table({{"link"},
                   {"constant"},
                   {"fitted", Align::right},
                   {"+-", Align::right},
                   {"rows", Align::right},
                   {"error", Align::right},
                   {"known most from"}});
  for (const LinkClassFit& fit : fits) {
    table.add({class_text(fit), "bandwidth", format_bandwidth(BytesPerSecond(fit.bandwidth.value)),
               percent(fit.bandwidth.sigma), std::to_string(fit.rows.size()), percent(fit.residual),
               constraints_text(fit.bandwidth)});
    const bool known = fit.alpha_known == AlphaKnown::yes;
    table.add({"", "alpha", known ? format_seconds(Seconds(fit.alpha.value)) : "unknown",
               known ? percent(fit.alpha.sigma) : "", "", "",
               known ? constraints_text(fit.alpha) : "no message is small enough: run from -b 8 on"},
              known ? RowStyle::plain : RowStyle::dim);
  }
  return table.text(2, colour);
}

std::string rows_table(const std::vector<LinkClassFit>& fits, Colour colour) {
  TextTable table(
      {{"row"}, {"link"}, {"size", Align::right}, {"measured", Align::right}, {"error", Align::right}, {""}});
  for (const LinkClassFit& fit : fits)
    for (const FittedRow& row : fit.rows)
      table.add({row.row.id, class_text(fit), format_bytes(row.row.size),
                 format_seconds(Seconds(row.row.point.time)), fmt::format("{:+.1f} %", 100 * row.error),
                 row.weight < 0.5 ? fmt::format("outlier, counts {:.0f} %", 100 * row.weight) : ""},
                row.weight < 0.5 ? RowStyle::dim : RowStyle::plain);
  return table.text(2, colour);
}

// Lines for [cluster]; where two GPUs were measured the reader must choose.
std::string cluster_lines(const std::vector<LinkClassFit>& fits) {
  std::string text;
  for (const LinkClassFit& fit : fits) {
    const bool inside = fit.link == FittedLink::scale_up;
    const std::string source =
        fmt::format("{} rows fitted by ringside calibrate, error {}{}", fit.rows.size(),
                    percent(fit.residual), fit.gpu.empty() ? "" : ", " + fit.gpu);
    text += costmodel::comment_line(fmt::format("{}: {} rows, error {}, largest {:+.1f} % at {}.",
                                                class_text(fit), fit.rows.size(), percent(fit.residual),
                                                100 * worst_of(fit).error, worst_of(fit).row.id));
    text += costmodel::bandwidth_line(
        inside ? "link_bandwidth" : "nic_bandwidth",
        {BytesPerSecond(fit.bandwidth.value), costmodel::Provenance::measured, source});
    if (fit.alpha_known == AlphaKnown::yes)
      text += costmodel::latency_line(inside ? "link_latency" : "nic_latency",
                                      {Seconds(fit.alpha.value), costmodel::Provenance::measured, source});
  }
  return text;
}

nlohmann::ordered_json constant_json(const LinkConstant& constant, const char* unit) {
  nlohmann::ordered_json json{{"value", constant.value}, {"unit", unit}, {"sigma", constant.sigma}};
  json["rows"] = nlohmann::ordered_json::array();
  for (const validation::LinkConstraint& c : constant.constraints)
    json["rows"].push_back({{"row", c.row}, {"share", c.share}});
  return json;
}

std::string links_json(const std::vector<std::string>& files, const std::string& output,
                       const std::vector<LinkClassFit>& fits) {
  nlohmann::ordered_json json;
  json["schema"] = "ringside/calibrate-links/1";
  json["from"] = files;
  json["written"] = output.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(output);
  json["links"] = nlohmann::ordered_json::array();
  for (const LinkClassFit& fit : fits) {
    nlohmann::ordered_json entry;
    entry["link"] = name_of(fit.link);
    entry["gpu"] = fit.gpu;
    entry["bandwidth"] = constant_json(fit.bandwidth, "B/s");
    entry["alpha"] =
        fit.alpha_known == AlphaKnown::yes ? constant_json(fit.alpha, "s") : nlohmann::ordered_json(nullptr);
    entry["residual"] = fit.residual;
    entry["rows"] = nlohmann::ordered_json::array();
    for (const FittedRow& row : fit.rows)
      entry["rows"].push_back({{"id", row.row.id},
                               {"size", row.row.size.value},
                               {"time", row.row.point.time},
                               {"error", row.error},
                               {"weight", row.weight}});
    json["links"].push_back(std::move(entry));
  }
  json["toml"] = cluster_lines(fits);
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

std::optional<Output> calibrate_links(const std::vector<std::string>& files, const std::string& output,
                                      const ReportOptions& report) {
  std::vector<validation::LinkRow> rows;
  std::string of_links, of_runs;
  for (const std::string& file : files) {
    const std::string text =
        costmodel::read_text_file(file, "a table of measurements (CSV) or an nccl-tests log", longest_mib);
    if (!validation::is_link_table(text)) {
      of_runs = file;
      continue;
    }
    of_links = file;
    for (validation::LinkRow& row : validation::read_link_rows(text, file)) rows.push_back(std::move(row));
  }
  if (of_links.empty()) return {};
  if (!of_runs.empty())
    throw costmodel::Error(
        fmt::format("{} measures runs and {} links; expected tables of one kind at a time, since "
                    "runs give a calibration and links lines for [cluster]",
                    of_runs, of_links),
        costmodel::InputLocation{"", 0, 0, "--from"});
  const std::vector<LinkClassFit> fits = validation::fit_links(rows);
  if (!output.empty()) write_file(output, cluster_lines(fits));
  if (report.json) return Output{links_json(files, output, fits), "", ExitCode::answered};
  const Colour colour = report.colour();
  std::string text = emphasised(headline(fits), colour) + "\n";
  if (report.quiet) return Output{text, "", ExitCode::answered};
  text += "\n" + constants_table(fits, colour) + "\n" + rows_table(fits, colour) + "\n";
  text += output.empty()
              ? "  Lines for [cluster] of a scenario; -o FILE writes them:\n\n" + cluster_lines(fits)
              : "  Written, as lines for [cluster] of a scenario: " + output + "\n";
  return Output{text, "", ExitCode::answered};
}

}  // namespace cli
