#include "cli/calibrate_live_report.h"

#include <fmt/format.h>

#include "cli/text_table.h"
#include "costmodel/base/unit_text.h"
#include "costmodel/price/calibration_keys.h"

namespace cli {

using costmodel::Calibration;
using costmodel::CalibrationKey;
using costmodel::ConstantUnit;
using costmodel::format_seconds;
using costmodel::Seconds;
using validation::LiveCalibration;
using validation::ProbeTime;

namespace {

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

struct Change {
  const CalibrationKey* key = nullptr;
  double before = 0, after = 0;
};

// Constants that were measured.
std::vector<Change> changes_of(const LiveCalibration& live) {
  std::vector<Change> changes;
  Calibration before = live.before, after = live.after;
  for (const CalibrationKey& key : costmodel::calibration_keys()) {
    const costmodel::ConstantView now = key.view(after);
    if (*now.provenance == costmodel::Provenance::measured && *now.source == live.node.source)
      changes.push_back({&key, *key.view(before).number, *now.number});
  }
  return changes;
}

std::string constant_text(ConstantUnit unit, double value) {
  switch (unit) {
    case ConstantUnit::none: return costmodel::format_number(value);
    case ConstantUnit::seconds: return format_seconds(Seconds(value));
    case ConstantUnit::bytes_per_second: return costmodel::format_bandwidth(costmodel::BytesPerSecond(value));
  }
  return "";
}

std::string unit_name(ConstantUnit unit) {
  switch (unit) {
    case ConstantUnit::none: return "1";
    case ConstantUnit::seconds: return "s";
    case ConstantUnit::bytes_per_second: return "B/s";
  }
  return "";
}

// What a key of 0 means where it may be absent.
std::string before_text(const Change& change) {
  const bool absent = change.key->presence == costmodel::Presence::when_known && change.before == 0;
  return absent ? "-" : constant_text(change.key->unit, change.before);
}

std::string constants_table(const LiveCalibration& live, Colour colour) {
  TextTable table({{"constant"}, {"before", Align::right}, {"measured", Align::right}});
  for (const Change& change : changes_of(live))
    table.add(
        {std::string(change.key->name), before_text(change), constant_text(change.key->unit, change.after)});
  return table.text(2, colour);
}

// Residuals that what was measured here has changed: they make the error bars of predictions.
std::string residuals_table(const LiveCalibration& live, Colour colour) {
  TextTable table({{"residual"}, {"before", Align::right}, {"left", Align::right}});
  Calibration before = live.before, after = live.after;
  for (const costmodel::ResidualKey& key : costmodel::residual_keys())
    if (key.of(before) != key.of(after))
      table.add({std::string(key.name), percent(key.of(before)), percent(key.of(after))});
  return table.text(2, colour);
}

std::string overlap_text(const LiveCalibration& live) {
  if (!live.overlap) return "";
  const validation::Overlap& overlap = *live.overlap;
  return wrapped(
             fmt::format(
                 "Under messages attention takes {:+.1f} % (spread {:.1f} %), median over rounds of its time "
                 "beside that alone before and after; the same twice alone differs by {:+.1f} % ({:.1f} %).",
                 100 * (overlap.ratio.median - 1), 100 * overlap.ratio.deviation,
                 100 * (overlap.control.median - 1), 100 * overlap.control.deviation),
             "  ", "    ") +
         "\n";
}

std::string error_text(std::optional<Seconds> predicted, double measured) {
  if (!predicted || measured <= 0) return "";
  return fmt::format("{:+.1f} %", 100 * (predicted->value / measured - 1.0));
}

std::string times_table(const LiveCalibration& live, Colour colour) {
  TextTable table({{"quantity"},
                   {"measured", Align::right},
                   {"spread", Align::right},
                   {"error before", Align::right},
                   {"after", Align::right}});
  for (const ProbeTime& time : live.times)
    table.add({name_of(time.probe), format_seconds(Seconds(time.time.median)), percent(time.time.deviation),
               error_text(predicted_time(time.probe, live.node, live.before), time.time.median),
               error_text(predicted_time(time.probe, live.node, live.after), time.time.median)});
  if (live.ring.steps > 0)
    table.add({"ring of small blocks, whole", format_seconds(Seconds(live.ring.measured.median)),
               percent(live.ring.measured.deviation), "", ""});
  return table.text(2, colour);
}

Json seconds_json(const std::optional<Seconds>& time) {
  return time ? Json({{"value", time->value}, {"unit", "s"}}) : Json(nullptr);
}

}  // namespace

std::string calibrate_live_headline(const CalibrateLiveReport& report) {
  const LiveCalibration& live = report.live;
  return fmt::format(
      "{} quantities of {} ({}): mean error of the model {} before, {} after; largest spread {}.",
      live.times.size(), live.after.measured->machine, report.place, percent(live.mean_error(live.before)),
      percent(live.mean_error(live.after)), percent(live.after.measured->spread));
}

std::string calibrate_live_text(const CalibrateLiveReport& report, const ReportOptions& options) {
  const Colour colour = options.colour();
  std::string text = emphasised(calibrate_live_headline(report), colour) + "\n";
  if (options.quiet) return text;
  text += "\n" + constants_table(report.live, colour) + "\n" + residuals_table(report.live, colour) + "\n" +
          times_table(report.live, colour) + "\n" + overlap_text(report.live);
  if (!report.complaint.empty())
    text += wrapped((report.refused ? "Refused: " : "Noisy: ") + report.complaint + ".", "  ", "    ");
  if (report.refused) return text + "  Nothing was written.\n";
  return text + (report.written.empty() ? "  Nothing was written; -o FILE writes the calibration.\n"
                                        : "  Written: " + report.written + "\n");
}

Json calibrate_live_json(const CalibrateLiveReport& report) {
  const LiveCalibration& live = report.live;
  const costmodel::MeasuredOn& on = *live.after.measured;
  Json json;
  json["schema"] = "ringside/calibrate/1";
  json["device"] = live.after.device;
  json["machine"] = on.machine;
  json["backend"] = on.backend;
  json["place"] = report.place;
  json["ranks"] = on.ranks;
  json["cores"] = on.cores;
  json["date"] = on.date;
  json["samples"] = on.samples;
  json["spread"] = on.spread;
  json["written"] = report.written.empty() ? Json(nullptr) : Json(report.written);
  json["refused"] = report.refused ? Json(report.complaint) : Json(nullptr);
  json["noise"] = report.complaint.empty() ? Json(nullptr) : Json(report.complaint);
  json["mean_before"] = live.mean_error(live.before);
  json["mean_after"] = live.mean_error(live.after);
  json["constants"] = Json::array();
  for (const Change& change : changes_of(live))
    json["constants"].push_back({{"key", change.key->name},
                                 {"unit", unit_name(change.key->unit)},
                                 {"before", change.before},
                                 {"value", change.after}});
  Calibration after = live.after;
  for (const costmodel::ResidualKey& key : costmodel::residual_keys())
    json["residuals"][std::string(key.name)] = key.of(after);
  json["overlap"] = nullptr;
  if (live.overlap)
    json["overlap"] = {{"ratio", live.overlap->ratio.median},
                       {"ratio_deviation", live.overlap->ratio.deviation},
                       {"control", live.overlap->control.median},
                       {"control_deviation", live.overlap->control.deviation}};
  json["quantities"] = Json::array();
  for (const ProbeTime& time : live.times)
    json["quantities"].push_back(
        {{"name", name_of(time.probe)},
         {"measured",
          {{"value", time.time.median}, {"unit", "s"}, {"relative_deviation", time.time.deviation}}},
         {"before", seconds_json(predicted_time(time.probe, live.node, live.before))},
         {"after", seconds_json(predicted_time(time.probe, live.node, live.after))}});
  return json;
}

}  // namespace cli
