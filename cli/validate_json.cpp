#include <algorithm>
#include <cmath>

#include "cli/validate_report.h"
#include "costmodel/plan/plan_text.h"

namespace cli {

namespace {

// A number that JSON has no word for is null.
Json finite(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json time_json(const validation::ComparedTime& time) {
  Json json;
  json["predicted"] = {
      {"value", time.predicted.value}, {"unit", "s"}, {"low", time.low.value}, {"high", time.high.value}};
  json["measured"] = {
      {"value", time.measured.median}, {"unit", "s"}, {"relative_deviation", time.measured.deviation}};
  json["error"] = finite(time.error());
  json["inside"] = time.inside();
  return json;
}

Json errors_json(const validation::ValidationReport& report) {
  Json list = Json::array();
  for (const validation::TensorError& error : report.errors) {
    const validation::WorstNumber& worst = error.place;
    list.push_back({{"tensor", name_of(error.tensor)},
                    {"relative", finite(error.relative)},
                    {"relative_limit", error.relative_limit},
                    {"worst", finite(error.worst)},
                    {"worst_limit", error.worst_limit},
                    {"agrees", error.agrees()},
                    {"worst_number",
                     {{"rank", worst.rank},
                      {"batch", worst.batch},
                      {"head", worst.head},
                      {"row", worst.row},
                      {"column", worst.column},
                      {"expected", finite(worst.expected)},
                      {"got", finite(worst.got)}}}});
  }
  return list;
}

double max_error(const validation::ValidationReport& report) {
  double largest = 0;
  for (const validation::TensorError& error : report.errors)
    if (error.tensor != validation::Tensor::lse)
      largest = error.relative > largest || std::isnan(error.relative) ? error.relative : largest;
  return largest;
}

}  // namespace

Json validate_json(const ValidateReport& report, costmodel::Pricer& pricer) {
  const validation::ValidationReport& validation = report.validation;
  const validation::Comparison& comparison = validation.comparison;
  Json json = answer_json("validate", pricer);
  json["plan"] = {{"name", report.plan_name}, {"axes", costmodel::axes_text(report.plan)}};
  json["backend"] = report.backend;
  json["ranks"] = report.plan.world_size();
  json["place"] = report.ranks;
  json["agrees"] = validation.agrees();
  json["sequence"] = {
      {"asked", validation.asked}, {"run", validation.sizes.run}, {"checked", validation.sizes.checked}};
  json["bytes_predicted"] = static_cast<std::int64_t>(comparison.bytes_predicted);
  json["bytes_sent"] = comparison.bytes_sent;
  json["bytes_equal"] = comparison.bytes_equal();
  json["memory_predicted"] = static_cast<std::int64_t>(comparison.memory_predicted.value);
  json["memory_measured"] = comparison.memory_measured;
  json["memory_scratch"] = comparison.scratch;
  json["max_error"] = finite(max_error(validation));
  json["errors"] = errors_json(validation);
  json["repetitions"] = comparison.repetitions;
  json["operations"] = Json::array();
  for (const validation::ComparedClass& compared : comparison.classes) {
    Json operation;
    operation["name"] = name_of(compared.op_class);
    operation.update(time_json(compared.time));
    if (compared.op_class == validation::OpClass::exchange ||
        compared.op_class == validation::OpClass::collective)
      operation["hidden"] = {{"value", compared.time.hidden}, {"unit", "s"}};
    if (report.core_share > 0 && !operation.contains("hidden"))
      operation["undisturbed"] = {{"value", compared.time.processor / report.core_share}, {"unit", "s"}};
    json["operations"].push_back(std::move(operation));
  }
  json["total"] = time_json(comparison.total);
  if (validation.update)
    json["update"] = {
        {"file", report.update},
        {"taken", validation.update->taken},
        {"error_before", finite(validation.update->error_before)},
        {"error_after", finite(validation.update->error_after)},
        {"why_not", validation.update->taken ? Json(nullptr) : Json(validation.update->why_not)}};
  return json;
}

}  // namespace cli
