#include <nlohmann/json.hpp>

#include "cli/import_trace.h"
#include "cli/plan_json.h"

namespace cli {

using validation::KindTimes;
using validation::RankOverlay;

namespace {

using Ordered = nlohmann::ordered_json;

Ordered times_json(const KindTimes& times, validation::KernelKind kind) {
  Ordered json;
  json["calls"] = times.calls;
  json["total"] = times.total;
  json["per_call"] = times.per_call();
  const bool exposes = is_message(kind) || kind == validation::KernelKind::host;
  json["exposed"] = exposes ? Ordered(times.exposed) : Ordered(nullptr);
  return json;
}

Ordered rank_json(const RankOverlay& rank) {
  Ordered json;
  json["rank"] = rank.trace.rank;
  json["file"] = rank.trace.file;
  json["device"] = rank.trace.device;
  json["steps"] = rank.steps.steps.size();
  json["found_by"] = rank.steps.found_by;
  json["events_outside"] = rank.steps.outside;
  json["measured"] = rank.measured;
  json["deviation"] = rank.deviation;
  json["predicted"] = rank.expected.time;
  json["idle"] = {{"predicted", rank.idle_predicted}, {"measured", rank.idle_measured}};
  json["kinds"] = Ordered::array();
  for (const validation::OverlaidKind& kind : rank.kinds) {
    Ordered entry;
    entry["kind"] = name_of(kind.kind);
    entry["predicted"] = times_json(kind.predicted, kind.kind);
    entry["predicted"]["low"] = kind.low;
    entry["predicted"]["high"] = kind.high;
    entry["measured"] = times_json(kind.measured, kind.kind);
    entry["measured"]["deviation"] = kind.deviation;
    entry["error"] =
        kind.predicted.total > 0 && kind.measured.total > 0 ? Ordered(kind.error()) : Ordered(nullptr);
    json["kinds"].push_back(std::move(entry));
  }
  json["without_partner"] = Ordered::array();
  for (const validation::LeftOver& left : rank.left_over)
    json["without_partner"].push_back(
        {{"side", left.side == validation::Side::measured ? "measured" : "predicted"},
         {"name", left.name},
         {"kind", name_of(left.kind)},
         {"calls", left.calls},
         {"total", left.total},
         {"why", left.why}});
  return json;
}

}  // namespace

std::string trace_json_text(const TraceReport& report, const costmodel::Pricer& pricer) {
  const validation::TraceOverlay& overlay = report.overlay;
  Ordered json;
  json["schema"] = "ringside/import-trace/1";
  json["plan"] = report.plan;
  json["calibration"] = pricer.calibration().name;
  json["predicted"] = {
      {"value", overlay.predicted}, {"unit", "s"}, {"low", overlay.low}, {"high", overlay.high}};
  json["measured"] = {
      {"value", overlay.slowest().measured}, {"unit", "s"}, {"rank", overlay.slowest().trace.rank}};
  json["error"] = overlay.error();
  json["inside"] = overlay.inside();
  json["remarks"] = overlay.remarks;
  json["ranks"] = Ordered::array();
  for (const RankOverlay& rank : overlay.ranks) json["ranks"].push_back(rank_json(rank));
  return json.dump(2, ' ', false, Ordered::error_handler_t::replace) + "\n";
}

}  // namespace cli
