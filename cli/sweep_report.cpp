#include "cli/sweep_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cli/plan_json.h"
#include "cli/plan_table.h"
#include "cli/report_parts.h"
#include "cli/text_table.h"
#include "costmodel/answer/verdict.h"
#include "costmodel/base/unit_text.h"
#include "costmodel/spec/scenario_override.h"

namespace cli {

using costmodel::PlanPrice;
using costmodel::SweepPoint;

namespace {

const PlanPrice* winner_of(const SweepPoint& point) {
  return point.winner < 0 ? nullptr : &point.plans[static_cast<std::size_t>(point.winner)];
}

const std::string& winner_name(const SweepPoint& point) {
  return point.names[static_cast<std::size_t>(point.winner)];
}

// Why nothing runs at the point.
std::string problem_of(const SweepPoint& point) {
  if (!point.problem.empty()) return point.problem;
  if (point.plans.empty()) return "no plan is left by the limits in [search]";
  return point.names.front() + ": " + point.plans.front().rejected->text;
}

// "burst wins at 12 of 18 points, ring at 4; nothing runs at 2."
std::string headline(const SweepReport& report) {
  std::map<std::string, int> wins;
  int none = 0;
  for (const SweepPoint& point : report.points) {
    const PlanPrice* winner = winner_of(point);
    if (winner == nullptr) {
      ++none;
      continue;
    }
    ++wins[costmodel::plan_family(winner->plan)];
  }
  std::vector<std::pair<int, std::string>> ordered;
  for (const auto& [family, count] : wins) ordered.emplace_back(-count, family);
  std::sort(ordered.begin(), ordered.end());
  std::string text;
  for (const auto& [count, family] : ordered)
    text += text.empty()
                ? fmt::format("{} is fastest at {} of {} points", family, -count, report.points.size())
                : fmt::format(", {} at {}", family, -count);
  if (text.empty()) return "Nothing runs at any of these points.";
  if (none > 0) text += fmt::format("; nothing runs at {}", none);
  return text + ".";
}

std::string time_cell(const PlanPrice& price) {
  return price.rejected ? "-" : costmodel::format_seconds(price.time);
}

// The scenario of a point.
costmodel::Scenario scenario_at(const SweepReport& report, const SweepPoint& point) {
  costmodel::Scenario there = report.scenario;
  for (std::size_t a = 0; a < report.axes.size(); ++a)
    costmodel::apply_override(there, report.axes[a].key, point.values[a]);
  return there;
}

std::string tokens_cell(const SweepReport& report, const SweepPoint& point, const PlanPrice& price) {
  return costmodel::format_number(costmodel::tokens_per_second(scenario_at(report, point), price));
}

Json point_json(const SweepReport& report, const SweepPoint& point) {
  Json json;
  costmodel::Scenario there = report.scenario;
  for (std::size_t a = 0; a < report.axes.size(); ++a) {
    json["at"][report.axes[a].key] = point.values[a];
    if (point.problem.empty()) costmodel::apply_override(there, report.axes[a].key, point.values[a]);
  }
  json["fastest"] = point.winner < 0 ? Json(nullptr) : Json(winner_name(point));
  json["problem"] = point.winner < 0 ? Json(problem_of(point)) : Json(nullptr);
  json["plans"] = Json::array();
  if (!point.problem.empty()) return json;
  costmodel::Pricer pricer(there);
  for (const PlanPrice& price : point.plans)
    json["plans"].push_back(short_plan_json(plan_report(pricer, price)));
  return json;
}

}  // namespace

std::string sweep_text(const SweepReport& report, const ReportOptions& options) {
  std::string text = emphasised(headline(report), options.colour()) + "\n";
  if (options.quiet) return text;
  std::vector<Column> columns;
  for (const costmodel::SweepAxis& axis : report.axes) columns.push_back({axis.key, Align::right});
  columns.push_back({"fastest", Align::left, 3});
  columns.push_back({"time", Align::right});
  const bool whole_model = costmodel::is_whole_model(report.scenario.workload.phase);
  if (whole_model) columns.push_back({"tokens/s", Align::right});
  columns.push_back({"peak memory", Align::right});
  for (const std::string& plan : report.plans) columns.push_back({plan, Align::right, 3});
  TextTable table(columns);
  std::string problems;
  for (const SweepPoint& point : report.points) {
    std::vector<std::string> cells = point.values;
    if (const PlanPrice* winner = winner_of(point)) {
      cells.insert(cells.end(), {winner_name(point), time_cell(*winner)});
      if (whole_model) cells.push_back(tokens_cell(report, point, *winner));
      cells.push_back(costmodel::format_bytes(winner->memory));
      if (!report.plans.empty())
        for (const PlanPrice& price : point.plans) cells.push_back(time_cell(price));
      table.add(std::move(cells));
      continue;
    }
    cells.emplace_back("-");
    table.add(std::move(cells), RowStyle::dim);
    std::string where;
    for (std::size_t a = 0; a < report.axes.size(); ++a)
      where += (a == 0 ? "" : ", ") + report.axes[a].key + " " + point.values[a];
    problems += wrapped("- at " + where + ": " + problem_of(point), "  ", "    ");
  }
  return text + "\n" + table.text(2, options.colour()) + (problems.empty() ? "" : "\n" + problems) + "\n" +
         closing_text(costmodel::Pricer(report.scenario), "");
}

std::string sweep_csv(const SweepReport& report) {
  std::vector<std::string> names;
  for (const costmodel::SweepAxis& axis : report.axes) names.push_back(axis.key);
  names.emplace_back("fastest");
  std::string text = plan_csv_head(names);
  for (const SweepPoint& point : report.points) {
    std::vector<std::string> leading = point.values;
    leading.emplace_back();
    for (std::size_t i = 0; i < point.plans.size(); ++i) {
      leading.back() = static_cast<int>(i) == point.winner ? "yes" : "no";
      text += plan_csv_line(point.names[i], point.plans[i], leading);
    }
    if (!point.plans.empty()) continue;
    for (const std::string& value : point.values) text += csv_cell(value) + ",";
    text += "no,,,,,,,,,,,,no," + csv_cell(problem_of(point)) + "\n";
  }
  return text;
}

std::string sweep_json_text(const SweepReport& report) {
  Json json = answer_json("sweep", costmodel::Pricer(report.scenario));
  json["over"] = Json::array();
  for (const costmodel::SweepAxis& axis : report.axes)
    json["over"].push_back({{"key", axis.key}, {"values", axis.values}});
  json["verdict"] = {{"text", headline(report)}};
  // Points are written one by one, each on its line: as one tree a large grid would fill the memory.
  std::string text = json_text(json);
  text.erase(text.rfind("\n}"));
  text += ",\n  \"points\": [";
  for (std::size_t i = 0; i < report.points.size(); ++i)
    text += (i == 0 ? "\n    " : ",\n    ") +
            point_json(report, report.points[i]).dump(-1, ' ', false, Json::error_handler_t::replace);
  return text + "\n  ]\n}\n";
}

}  // namespace cli
