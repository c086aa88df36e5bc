#include <fmt/format.h>

#include "cli/figure_text.h"
#include "cli/reproduce_report.h"
#include "cli/text_table.h"
#include "costmodel/base/unit_text.h"

namespace cli {

using validation::Contest;
using validation::ReproducedRow;
using validation::Summary;

namespace {

std::string signed_percent(double share) { return fmt::format("{:+.1f} %", 100 * share); }
std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }
std::string plural(int count, const std::string& one, const std::string& many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string headline(const std::vector<Summary>& groups, const std::vector<Contest>& contests) {
  const Summary& all = groups.back();
  std::string text = plural(all.rows, "published measurement", "published measurements");
  if (all.rows > 0)
    text += fmt::format(": mean error {}, bias {}, {:.0f} % inside their 90 % intervals", percent(all.mean),
                        signed_percent(all.bias), 100 * all.inside);
  if (!contests.empty()) {
    int right = 0;
    for (const Contest& contest : contests) right += contest.right() ? 1 : 0;
    text += fmt::format("; the fastest method is right in {} of {} configurations", right, contests.size());
  }
  if (all.skipped > 0) text += fmt::format("; {} cannot be predicted", plural(all.skipped, "row", "rows"));
  return text + ".";
}

void add_summary(TextTable& table, const Summary& summary, const std::string& source, RowStyle style) {
  const std::string group = summary.group ? std::string(name_of(*summary.group)) : "everything";
  if (summary.rows == 0) {
    table.add({source, group, "0", "", "", "", "", "", "", fmt::format("{} skipped", summary.skipped)},
              style);
    return;
  }
  std::string remarks;
  if (summary.skipped > 0) remarks = fmt::format("{} skipped", summary.skipped);
  if (summary.not_fitting > 0)
    remarks += (remarks.empty() ? "" : ", ") + fmt::format("{} predicted out of memory", summary.not_fitting);
  table.add({source, group, std::to_string(summary.rows), percent(summary.mean), percent(summary.median),
             percent(summary.worst), summary.worst_id, signed_percent(summary.bias),
             fmt::format("{:.0f} %", 100 * summary.inside), remarks},
            style);
}

std::string summary_text(const ReproduceReport& report, const std::vector<Summary>& groups, Colour colour) {
  TextTable table({{"source"},
                   {"rows of"},
                   {"rows", Align::right},
                   {"mean", Align::right},
                   {"median", Align::right},
                   {"worst", Align::right},
                   {"(row)"},
                   {"bias", Align::right},
                   {"inside", Align::right},
                   {""}});
  const std::vector<Summary> sources = validation::summaries_by_source(report.rows);
  for (const Summary& summary : sources) add_summary(table, summary, summary.source, RowStyle::plain);
  for (const Summary& summary : groups) {
    add_summary(table, summary, "all", RowStyle::plain);
    if (summary.rows == 0) continue;
    table.add({"mean over sources", summary.group ? std::string(name_of(*summary.group)) : "everything", "",
               percent(validation::mean_over_sources(sources, summary.group))},
              RowStyle::dim);
  }
  return table.text(2, colour);
}

std::string contest_text(const ReproduceReport& report, const std::vector<Contest>& contests, Colour colour) {
  if (contests.empty()) return "";
  TextTable table({{"source"}, {"configuration"}, {"fastest, measured"}, {"predicted"}, {""}});
  for (const Contest& contest : contests) {
    const ReproducedRow& measured = report.rows[static_cast<std::size_t>(contest.measured)];
    const ReproducedRow& predicted = report.rows[static_cast<std::size_t>(contest.predicted)];
    const std::string verdict = contest.right() ? fmt::format("right, of {}", contest.rows.size())
                                                : fmt::format("wrong, of {}: it was {} slower",
                                                              contest.rows.size(), percent(contest.loss));
    table.add({contest.source, contest.configuration, measured.row.id, predicted.row.id, verdict});
  }
  return "\n  Fastest method of each configuration\n" + table.text(2, colour);
}

std::string row_text(const ReproduceReport& report, Colour colour) {
  TextTable table({{"row"},
                   {"source"},
                   {"plan"},
                   {"tokens", Align::right},
                   {"measured", Align::right},
                   {"predicted", Align::right},
                   {"90 % interval", Align::right},
                   {""},
                   {"error", Align::right},
                   {""}});
  for (const ReproducedRow& row : report.rows) {
    if (!row.skipped.empty()) continue;
    const auto number = [](double value) { return fmt::format("{:.4g}", value); };
    table.add({row.row.id, row.row.source, row.plan, costmodel::format_tokens(row.row.sequence),
               number(row.row.value), number(row.predicted), number(row.low) + " - " + number(row.high),
               std::string(unit_of(row.row.metric)), signed_percent(row.error()),
               std::string(row.inside() ? "" : "outside") + (row.fits       ? ""
                                                             : row.inside() ? "out of memory"
                                                                            : ", out of memory")});
  }
  return "\n  Row by row\n" + table.text(2, colour);
}

std::string skipped_text(const ReproduceReport& report) {
  std::string text;
  for (const ReproducedRow& row : report.rows)
    if (!row.skipped.empty())
      text +=
          wrapped(fmt::format("{} ({}, line {}): {}", row.row.id, row.row.source, row.row.line, row.skipped),
                  "  - ", "    ");
  return text.empty() ? "" : "\n  Cannot be predicted\n" + text;
}

}  // namespace

std::string reproduce_text(const ReproduceReport& report, const ReportOptions& options) {
  const std::vector<Summary> groups = validation::summaries_by_group(report.rows);
  const std::vector<Contest> contests = validation::contests(report.rows);
  const Colour colour = options.colour();
  std::string text;
  const std::string first = wrapped(headline(groups, contests), "", "  ");
  // Only one line can be emphasised.
  const std::size_t end = first.find('\n');
  text += emphasised(first.substr(0, end), colour) + first.substr(end);
  if (options.quiet) return text;
  text += "\n" + summary_text(report, groups, colour);
  text += contest_text(report, contests, colour);
  text += row_text(report, colour);
  text += skipped_text(report);
  text += fmt::format(
      "\n  Predicted by {}, calibrations {}, from {}.  Errors are (predicted - measured) / measured.\n",
      report.engine, report.calibrations, report.file);
  return text;
}

}  // namespace cli
