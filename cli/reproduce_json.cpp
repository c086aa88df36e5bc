// The machine-readable ends of `ringside reproduce`.
#include <fmt/format.h>

#include "cli/plan_table.h"
#include "cli/reproduce_report.h"
#include "costmodel/plan/plan_text.h"
#include "costmodel/price/calibration.h"

namespace cli {

using validation::Contest;
using validation::ReproducedRow;
using validation::Summary;

namespace {

Json row_json(const ReproducedRow& row) {
  Json json;
  json["id"] = row.row.id;
  json["source"] = row.row.source;
  json["group"] = name_of(group_of(row.row));
  json["plan"] = costmodel::axes_text(row.row.plan);
  json["metric"] = name_of(row.row.metric);
  json["unit"] = unit_of(row.row.metric);
  json["measured"] = row.row.value;
  if (!row.skipped.empty()) {
    for (const char* key : {"predicted", "low", "high", "error", "inside", "fits"}) json[key] = nullptr;
    json["skipped"] = row.skipped;
    return json;
  }
  json["predicted"] = row.predicted;
  json["low"] = row.low;
  json["high"] = row.high;
  json["error"] = row.error();
  json["inside"] = row.inside();
  json["fits"] = row.fits;
  json["skipped"] = nullptr;
  return json;
}

Json summary_json(const Summary& summary) {
  Json json;
  if (!summary.source.empty()) json["source"] = summary.source;
  json["group"] = summary.group ? Json(name_of(*summary.group)) : Json("all");
  json["rows"] = summary.rows;
  json["skipped"] = summary.skipped;
  const bool any = summary.rows > 0;
  const auto number = [any](double value) { return any ? Json(value) : Json(nullptr); };
  json["mean"] = number(summary.mean);
  json["median"] = number(summary.median);
  json["worst"] = number(summary.worst);
  json["worst_row"] = any ? Json(summary.worst_id) : Json(nullptr);
  json["bias"] = number(summary.bias);
  json["inside"] = number(summary.inside);
  json["out_of_memory"] = summary.not_fitting;
  return json;
}

}  // namespace

Json reproduce_json(const ReproduceReport& report) {
  Json json;
  json["schema"] = "ringside/reproduce/1";
  json["file"] = report.file;
  json["engine"] = report.engine;
  json["calibration"] = {{"name", report.calibrations}};
  json["rows"] = Json::array();
  for (const ReproducedRow& row : report.rows) json["rows"].push_back(row_json(row));
  const std::vector<Summary> sources = validation::summaries_by_source(report.rows);
  json["sources"] = Json::array();
  for (const Summary& summary : sources) json["sources"].push_back(summary_json(summary));
  json["groups"] = Json::array();
  for (const Summary& summary : validation::summaries_by_group(report.rows)) {
    Json group = summary_json(summary);
    group["mean_over_sources"] =
        summary.rows > 0 ? Json(validation::mean_over_sources(sources, summary.group)) : Json(nullptr);
    json["groups"].push_back(group);
  }
  json["winners"] = Json::array();
  for (const Contest& contest : validation::contests(report.rows)) {
    Json ids = Json::array();
    for (const int i : contest.rows) ids.push_back(report.rows[static_cast<std::size_t>(i)].row.id);
    json["winners"].push_back({{"source", contest.source},
                               {"configuration", contest.configuration},
                               {"rows", ids},
                               {"measured", report.rows[static_cast<std::size_t>(contest.measured)].row.id},
                               {"predicted", report.rows[static_cast<std::size_t>(contest.predicted)].row.id},
                               {"right", contest.right()},
                               {"loss", contest.loss}});
  }
  return json;
}

std::string reproduce_csv(const ReproduceReport& report) {
  std::string text = "id,source,group,metric,measured,predicted,low,high,error,inside,fits,skipped\n";
  for (const ReproducedRow& row : report.rows) {
    text += fmt::format("{},{},{},{},{},", csv_cell(row.row.id), csv_cell(row.row.source),
                        name_of(group_of(row.row)), name_of(row.row.metric), row.row.value);
    if (row.skipped.empty())
      text += fmt::format("{},{},{},{},{},{},\n", row.predicted, row.low, row.high, row.error(),
                          row.inside() ? "yes" : "no", row.fits ? "yes" : "no");
    else
      text += ",,,,,," + csv_cell(row.skipped) + "\n";
  }
  return text;
}

}  // namespace cli
