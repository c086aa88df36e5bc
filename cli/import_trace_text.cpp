#include <fmt/format.h>

#include <cmath>

#include "cli/import_trace.h"
#include "cli/text_table.h"
#include "costmodel/answer/calibration_report.h"
#include "costmodel/base/unit_text.h"

namespace cli {

using costmodel::format_number;
using costmodel::format_seconds;
using costmodel::Seconds;
using validation::KernelKind;
using validation::LeftOver;
using validation::OverlaidKind;
using validation::RankOverlay;
using validation::TraceOverlay;

namespace {

std::string time_text(double seconds) { return seconds > 0 ? format_seconds(Seconds(seconds)) : "0"; }
std::string time_or_none(double seconds) { return seconds > 0 ? time_text(seconds) : "-"; }
std::string percent(double share) { return fmt::format("{:+.1f} %", 100 * share); }

std::string headline(const TraceReport& report) {
  const TraceOverlay& overlay = report.overlay;
  const RankOverlay& slowest = overlay.slowest();
  std::string text = fmt::format("{}: a step took {}, predicted {} +-{} ({}), {} the error bar.", report.plan,
                                 time_text(slowest.measured), time_text(overlay.predicted),
                                 time_text((overlay.high - overlay.low) / 2), percent(overlay.error()),
                                 overlay.inside() ? "inside" : "outside");
  return text;
}

std::string source_text(const RankOverlay& rank) {
  std::string text =
      fmt::format("{}: rank {}{}, {} {} found by {}", rank.trace.file, rank.trace.rank,
                  rank.trace.device.empty() ? "" : ", " + rank.trace.device, rank.steps.steps.size(),
                  rank.steps.steps.size() == 1 ? "step" : "steps", rank.steps.found_by);
  if (rank.steps.steps.size() > 1)
    text += fmt::format(", median {} (mad {:.1f} %)", time_text(rank.measured), 100 * rank.deviation);
  if (rank.steps.outside > 0)
    text += fmt::format("; {} {} outside of them left out", rank.steps.outside,
                        rank.steps.outside == 1 ? "event" : "events");
  return text + ".";
}

std::string kinds_table(const RankOverlay& rank) {
  TextTable table({{fmt::format("a step of rank {}", rank.trace.rank)},
                   {"calls", Align::right, 2, "predicted", 2},
                   {"", Align::right, 2, "measured"},
                   {"total", Align::right, 3, "predicted", 3},
                   {"", Align::left, 1, ""},
                   {"", Align::right, 2, "measured"},
                   {"error", Align::right, 2, ""},
                   {"per call", Align::right, 3, "predicted", 2},
                   {"", Align::right, 2, "measured"},
                   {"exposed", Align::right, 3, "predicted", 2},
                   {"", Align::right, 2, "measured"}});
  for (const OverlaidKind& kind : rank.kinds) {
    const bool exposes = is_message(kind.kind) || kind.kind == KernelKind::host;
    table.add({std::string(name_of(kind.kind)), format_number(kind.predicted.calls),
               format_number(kind.measured.calls), time_or_none(kind.predicted.total),
               kind.predicted.total > 0 ? "+-" + time_text((kind.high - kind.low) / 2) : "",
               time_or_none(kind.measured.total),
               kind.predicted.total > 0 && kind.measured.total > 0 ? percent(kind.error()) : "",
               time_or_none(kind.predicted.per_call()), time_or_none(kind.measured.per_call()),
               exposes ? time_text(kind.predicted.exposed) : "",
               exposes ? time_text(kind.measured.exposed) : ""});
  }
  table.add(
      {"no kernel computes", "", "", time_text(rank.idle_predicted), "", time_text(rank.idle_measured)});
  table.add({"whole step", "", "", time_text(rank.expected.time), "", time_text(rank.measured),
             percent(rank.expected.time / rank.measured - 1)});
  return table.text(2);
}

std::string left_over_table(const RankOverlay& rank) {
  TextTable table(
      {{"without a partner, a step"}, {"calls", Align::right}, {"total", Align::right}, {"kind"}, {""}});
  for (const LeftOver& left : rank.left_over)
    table.add({(left.side == validation::Side::measured ? "measured   " : "predicted  ") + left.name,
               left.calls > 0 ? format_number(left.calls) : "", time_or_none(left.total),
               std::string(name_of(left.kind)), left.why});
  return table.text(2);
}

std::string ranks_table(const TraceOverlay& overlay) {
  TextTable table(
      {{"rank"}, {"measured", Align::right}, {"predicted", Align::right}, {"error", Align::right}});
  for (const RankOverlay& rank : overlay.ranks)
    table.add({std::to_string(rank.trace.rank), time_text(rank.measured), time_text(rank.expected.time),
               percent(rank.expected.time / rank.measured - 1)});
  return table.text(2);
}

}  // namespace

std::string trace_text(const TraceReport& report, const costmodel::Pricer& pricer,
                       const ReportOptions& options) {
  const TraceOverlay& overlay = report.overlay;
  std::string text = emphasised(headline(report), options.colour()) + "\n";
  if (options.quiet) return text;
  for (const RankOverlay& rank : overlay.ranks) text += wrapped(source_text(rank), "  ", "    ");
  for (const std::string& remark : overlay.remarks) text += wrapped(remark, "  ", "    ");
  if (overlay.ranks.size() > 1) text += "\n" + ranks_table(overlay);
  text += "\n" + kinds_table(overlay.slowest());
  if (!overlay.slowest().left_over.empty()) text += "\n" + left_over_table(overlay.slowest());
  text += "\n" +
          wrapped(
              "Medians over the steps. A message counts from when the rank was ready for it, so waiting for "
              "the other rank is in it, on both sides.",
              "  ", "    ");
  text += wrapped(scope_text(pricer.scenario()), "  ", "    ");
  text += wrapped(calibration_text(pricer), "  ", "    ");
  return text;
}

}  // namespace cli
