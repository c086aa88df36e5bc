#include "costmodel/spec/search_edit.h"

#include <algorithm>
#include <functional>
#include <type_traits>
#include <utility>

#include "costmodel/base/error.h"
#include "costmodel/base/in_quotes.h"
#include "costmodel/base/toml_document.h"
#include "costmodel/plan/plan_text.h"
#include "costmodel/spec/scenario_writer.h"
#include "costmodel/spec/toml_line.h"

namespace costmodel {

namespace {

template <class T>
std::vector<std::string> names_of(const std::vector<T>& values) {
  std::vector<std::string> names;
  for (const T& value : values) {
    if constexpr (std::is_same_v<T, int>)
      names.push_back(std::to_string(value));
    else
      names.emplace_back(name_of(value));
  }
  return names;
}

// Whole numbers are bare in a file.
std::string written(const std::string& axis, const std::string& value) {
  return axis == "zero" ? value : toml_text(value);
}

std::string written(const std::string& axis, const std::vector<std::string>& values) {
  std::string list;
  for (const std::string& value : values) list += (list.empty() ? "" : ", ") + written(axis, value);
  return values.size() == 1 ? list : "[" + list + "]";
}

// The present text with one line changed; where that does not read back as meant (a list over many lines, a
// section in one line) the whole scenario written anew, with the same change.
ScenarioDocument changed_document(const ScenarioDocument& document,
                                  const std::function<std::string(const std::string&)>& change,
                                  const std::function<bool(const Scenario&)>& meant) {
  try {
    ScenarioDocument edited = parse_document(change(document.text), document.file_name, document.directory);
    if (meant(edited.scenario)) return edited;
  } catch (const Error&) {
    // The line was not one by itself.
  }
  return parse_document(change(scenario_text(document.scenario)), document.file_name, document.directory);
}

}  // namespace

std::vector<std::string> allowed_values(const SearchLimits& limits, const std::string& axis) {
  if (axis == "transport") return names_of(limits.transports);
  if (axis == "backward") return names_of(limits.backwards);
  if (axis == "checkpoint") return names_of(limits.checkpoints);
  if (axis == "zero") return names_of(limits.zeros);
  if (axis == "offload") return names_of(limits.offloads);
  if (axis == "fused_loss") return names_of(limits.fused_losses);
  throw Error(
      in_quotes(axis) +
      " cannot be limited here; expected transport, backward, checkpoint, zero, offload or fused_loss");
}

ScenarioDocument limited_document(const ScenarioDocument& document, const std::string& axis,
                                  const std::vector<std::string>& values) {
  if (allowed_values(document.scenario.search, axis) == values) return document;
  return changed_document(
      document,
      [&](const std::string& text) {
        return values.empty() ? without_value(text, "search", axis)
                              : with_value(text, "search", axis, written(axis, values));
      },
      [&](const Scenario& scenario) { return allowed_values(scenario.search, axis) == values; });
}

ScenarioDocument planned_document(const ScenarioDocument& document, const std::string& axis,
                                  const std::string& value) {
  if (!document.scenario.plan)
    throw Error("the scenario names no plan; expected a section [plan]", InputLocation{"", 0, 0, axis});
  const auto has = [&](const Scenario& scenario) {
    const auto axes = axes_of(*scenario.plan);
    return std::find(axes.begin(), axes.end(), std::pair{axis, value}) != axes.end();
  };
  return changed_document(
      document, [&](const std::string& text) { return with_value(text, "plan", axis, written(axis, value)); },
      [&](const Scenario& scenario) { return scenario.plan && has(scenario); });
}

}  // namespace costmodel
