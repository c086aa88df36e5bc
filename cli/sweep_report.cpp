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

// A point of the report: what was priced there and, when asked for, simulated.
struct Point {
  const SweepPoint& priced;
  const SimulatedPoint* simulated = nullptr;

  int winner() const { return simulated == nullptr ? priced.winner : simulated->winner; }
  const PlanPrice* winning_price() const {
    return winner() < 0 ? nullptr : &priced.plans[static_cast<std::size_t>(winner())];
  }
  const std::string& winner_name() const { return priced.names[static_cast<std::size_t>(winner())]; }
};

std::vector<Point> points_of(const SweepReport& report) {
  std::vector<Point> points;
  for (std::size_t i = 0; i < report.points.size(); ++i)
    points.push_back({report.points[i], report.simulated.empty() ? nullptr : &report.simulated[i]});
  return points;
}

bool lacks_simulation(const SimulatedPlan& plan) {
  return plan.state == SimulationState::not_simulated || plan.state == SimulationState::failed;
}

// "burst: GPU 3 is cut off" for each plan that runs and has no simulated time.
std::vector<std::string> not_simulated(const Point& point) {
  std::vector<std::string> reasons;
  if (point.simulated == nullptr) return reasons;
  for (std::size_t i = 0; i < point.simulated->plans.size(); ++i)
    if (const SimulatedPlan& plan = point.simulated->plans[i]; lacks_simulation(plan))
      reasons.push_back(point.priced.names[i] + " is not simulated: " + plan.reason);
  return reasons;
}

// Why there is no winner at the point.
std::string problem_of(const Point& point) {
  if (!point.priced.problem.empty()) return point.priced.problem;
  if (point.priced.plans.empty()) return "no plan is left by the limits in [search]";
  if (const std::vector<std::string> reasons = not_simulated(point); !reasons.empty()) return reasons.front();
  return point.priced.names.front() + ": " + point.priced.plans.front().rejected->text;
}

// "burst is fastest at 12 of 18 points, ring at 4; nothing runs at 2."
std::string headline(const SweepReport& report) {
  std::map<std::string, int> wins;
  int none = 0;
  for (const Point& point : points_of(report)) {
    if (const PlanPrice* winner = point.winning_price())
      ++wins[costmodel::plan_family(winner->plan)];
    else
      ++none;
  }
  std::vector<std::pair<int, std::string>> ordered;
  for (const auto& [family, count] : wins) ordered.emplace_back(-count, family);
  std::sort(ordered.begin(), ordered.end());
  std::string text;
  for (const auto& [count, family] : ordered)
    text += text.empty()
                ? fmt::format("{} is fastest at {} of {} points", family, -count, report.points.size())
                : fmt::format(", {} at {}", family, -count);
  const bool simulated = !report.simulated.empty();
  if (text.empty())
    return simulated ? "No plan runs and can be simulated at any of these points."
                     : "Nothing runs at any of these points.";
  if (simulated) text = "Simulated: " + text;
  if (none > 0)
    text +=
        (simulated ? "; no plan runs and can be simulated at " : "; nothing runs at ") + std::to_string(none);
  return text + ".";
}

// What the simulations assume, where they disagree with the model, and who was lost on the way.
std::vector<std::string> simulation_notes(const SweepReport& report) {
  std::vector<std::string> notes;
  if (report.simulated.empty()) return notes;
  if (!report.what_if.empty()) notes.push_back("What if: " + report.what_if + ".");
  int other = 0;
  for (const Point& point : points_of(report))
    other += point.winner() >= 0 && point.winner() != point.priced.winner ? 1 : 0;
  if (other > 0)
    notes.push_back(
        fmt::format("By analytic time another plan is the fastest at {} of these points.", other));
  for (const std::string& loss : report.losses) notes.push_back("R" + loss.substr(1) + ".");
  return notes;
}

std::string time_cell(const PlanPrice& price) {
  return price.rejected ? "-" : costmodel::format_seconds(price.time);
}

std::string simulated_cell(const SimulatedPlan& plan) {
  return plan.state == SimulationState::simulated ? costmodel::format_seconds(plan.time) : "-";
}

// The scenario of a point.
costmodel::Scenario scenario_at(const SweepReport& report, const SweepPoint& point) {
  costmodel::Scenario there = report.scenario;
  for (std::size_t a = 0; a < report.axes.size(); ++a)
    costmodel::apply_override(there, report.axes[a].key, point.values[a]);
  return there;
}

std::string tokens_cell(const SweepReport& report, const Point& point) {
  PlanPrice price = *point.winning_price();
  if (point.simulated != nullptr)
    price.time = point.simulated->plans[static_cast<std::size_t>(point.winner())].time;
  return costmodel::format_number(costmodel::tokens_per_second(scenario_at(report, point.priced), price));
}

std::vector<Column> columns_of(const SweepReport& report, bool whole_model) {
  const bool simulated = !report.simulated.empty();
  std::vector<Column> columns;
  for (const costmodel::SweepAxis& axis : report.axes) columns.push_back({axis.key, Align::right});
  columns.push_back({"fastest", Align::left, 3});
  columns.push_back({simulated ? "simulated" : "time", Align::right});
  if (simulated) columns.push_back({"analytic", Align::right});
  if (whole_model) columns.push_back({"tokens/s", Align::right});
  columns.push_back({"peak memory", Align::right});
  for (const std::string& plan : report.plans) {
    columns.push_back({plan, Align::right, 3});
    if (!simulated) continue;
    columns.back().subtitle = "simulated";
    columns.back().span = 2;
    columns.push_back({"", Align::right, 2, "analytic"});
  }
  return columns;
}

std::vector<std::string> cells_of(const SweepReport& report, const Point& point, bool whole_model) {
  std::vector<std::string> cells = point.priced.values;
  const PlanPrice* winner = point.winning_price();
  if (winner == nullptr) {
    cells.emplace_back("-");
    return cells;
  }
  cells.push_back(point.winner_name());
  if (point.simulated != nullptr)
    cells.push_back(simulated_cell(point.simulated->plans[static_cast<std::size_t>(point.winner())]));
  cells.push_back(time_cell(*winner));
  if (whole_model) cells.push_back(tokens_cell(report, point));
  cells.push_back(costmodel::format_bytes(winner->memory));
  if (report.plans.empty()) return cells;
  for (std::size_t i = 0; i < point.priced.plans.size(); ++i) {
    if (point.simulated != nullptr) cells.push_back(simulated_cell(point.simulated->plans[i]));
    cells.push_back(time_cell(point.priced.plans[i]));
  }
  return cells;
}

// What the table cannot say: why there is no winner, or no simulated time.
std::string problems_at(const SweepReport& report, const Point& point) {
  std::string where;
  for (std::size_t a = 0; a < report.axes.size(); ++a)
    where += (a == 0 ? "" : ", ") + report.axes[a].key + " " + point.priced.values[a];
  std::vector<std::string> problems = not_simulated(point);
  if (problems.empty() && point.winner() < 0) problems.push_back(problem_of(point));
  std::string text;
  for (const std::string& problem : problems) text += wrapped("- at " + where + ": " + problem, "  ", "    ");
  return text;
}

Json simulated_json(const SimulatedPlan& plan) {
  if (plan.state != SimulationState::simulated) return nullptr;
  return {{"value", plan.time.value}, {"unit", "s"}};
}

Json point_json(const SweepReport& report, const Point& point) {
  Json json;
  const SweepPoint& priced = point.priced;
  costmodel::Scenario there = report.scenario;
  for (std::size_t a = 0; a < report.axes.size(); ++a) {
    json["at"][report.axes[a].key] = priced.values[a];
    if (priced.problem.empty()) costmodel::apply_override(there, report.axes[a].key, priced.values[a]);
  }
  json["fastest"] = point.winner() < 0 ? Json(nullptr) : Json(point.winner_name());
  json["problem"] = point.winner() < 0 ? Json(problem_of(point)) : Json(nullptr);
  json["plans"] = Json::array();
  if (!priced.problem.empty()) return json;
  costmodel::Pricer pricer(there);
  for (std::size_t i = 0; i < priced.plans.size(); ++i) {
    Json plan = short_plan_json(plan_report(pricer, priced.plans[i]));
    if (point.simulated != nullptr) {
      const SimulatedPlan& simulated = point.simulated->plans[i];
      plan["simulated"] = simulated_json(simulated);
      plan["not_simulated"] = lacks_simulation(simulated) ? Json(simulated.reason) : Json(nullptr);
    }
    json["plans"].push_back(std::move(plan));
  }
  return json;
}

// The last cells of a line: the simulated time, or why there is none.
std::string simulated_csv(const SimulatedPlan& plan) {
  const std::string time = plan.state == SimulationState::simulated ? fmt::format("{}", plan.time.value) : "";
  return "," + time + "," + csv_cell(plan.reason);
}

}  // namespace

std::string sweep_text(const SweepReport& report, const ReportOptions& options) {
  std::string text = emphasised(headline(report), options.colour()) + "\n";
  if (options.quiet) return text;
  for (const std::string& note : simulation_notes(report)) text += wrapped(note, "  ", "    ");
  const bool whole_model = costmodel::is_whole_model(report.scenario.workload.phase);
  TextTable table(columns_of(report, whole_model));
  std::string problems;
  for (const Point& point : points_of(report)) {
    table.add(cells_of(report, point, whole_model), point.winner() < 0 ? RowStyle::dim : RowStyle::plain);
    problems += problems_at(report, point);
  }
  return text + "\n" + table.text(2, options.colour()) + (problems.empty() ? "" : "\n" + problems) + "\n" +
         closing_text(costmodel::Pricer(report.scenario), "");
}

std::string sweep_csv(const SweepReport& report) {
  std::vector<std::string> names;
  for (const costmodel::SweepAxis& axis : report.axes) names.push_back(axis.key);
  names.emplace_back("fastest");
  const bool simulated = !report.simulated.empty();
  const auto with_end = [](std::string line, const std::string& end) {
    line.pop_back();  // its line end
    return line + end + "\n";
  };
  std::string text = with_end(plan_csv_head(names), simulated ? ",simulated_s,not_simulated" : "");
  for (const Point& point : points_of(report)) {
    const SweepPoint& priced = point.priced;
    std::vector<std::string> leading = priced.values;
    leading.emplace_back();
    for (std::size_t i = 0; i < priced.plans.size(); ++i) {
      leading.back() = static_cast<int>(i) == point.winner() ? "yes" : "no";
      text += with_end(plan_csv_line(priced.names[i], priced.plans[i], leading),
                       simulated ? simulated_csv(point.simulated->plans[i]) : "");
    }
    if (!priced.plans.empty()) continue;
    for (const std::string& value : priced.values) text += csv_cell(value) + ",";
    text += "no,,,,,,,,,,,,no," + csv_cell(problem_of(point)) + (simulated ? ",,\n" : "\n");
  }
  return text;
}

std::string sweep_json_text(const SweepReport& report) {
  Json json = answer_json("sweep", costmodel::Pricer(report.scenario));
  json["over"] = Json::array();
  for (const costmodel::SweepAxis& axis : report.axes)
    json["over"].push_back({{"key", axis.key}, {"values", axis.values}});
  json["verdict"] = {{"text", headline(report)}};
  if (!report.simulated.empty()) {
    json["what_if"] = report.what_if.empty() ? Json(nullptr) : Json(report.what_if);
    json["lost_ranks"] = report.losses;
  }
  // Points are written one by one, each on its line: as one tree a large grid would fill the memory.
  std::string text = json_text(json);
  text.erase(text.rfind("\n}"));
  text += ",\n  \"points\": [";
  const std::vector<Point> points = points_of(report);
  for (std::size_t i = 0; i < points.size(); ++i)
    text += (i == 0 ? "\n    " : ",\n    ") +
            point_json(report, points[i]).dump(-1, ' ', false, Json::error_handler_t::replace);
  return text + "\n  ]\n}\n";
}

}  // namespace cli
