#include "costmodel/spec/scenario_edit.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include "costmodel/base/error.h"
#include "costmodel/base/text_file.h"
#include "costmodel/base/toml_document.h"
#include "costmodel/spec/scenario_override.h"
#include "costmodel/spec/scenario_reader.h"
#include "costmodel/spec/scenario_writer.h"
#include "costmodel/spec/toml_line.h"

namespace costmodel {

namespace {

// Where an override stands in the file; bare values are numbers.
enum class ValueStyle { text, bare };
struct Place {
  std::string_view override_key;
  std::string_view section;
  std::string_view key;
  ValueStyle style;
};

constexpr std::array places{
    Place{"model", "model", "preset", ValueStyle::text},
    Place{"cluster", "cluster", "preset", ValueStyle::text},
    Place{"nodes", "cluster", "nodes", ValueStyle::bare},
    Place{"gpus", "cluster", "gpus", ValueStyle::bare},
    Place{"nic_bandwidth", "cluster", "nic_bandwidth", ValueStyle::text},
    Place{"link_bandwidth", "cluster", "link_bandwidth", ValueStyle::text},
    Place{"oversubscription", "cluster", "oversubscription", ValueStyle::bare},
    Place{"memory", "cluster.device", "memory", ValueStyle::text},
    Place{"sequence", "workload", "sequence", ValueStyle::text},
    Place{"batch", "workload", "batch", ValueStyle::bare},
    Place{"accumulation", "workload", "accumulation", ValueStyle::bare},
    Place{"cached", "workload", "cached", ValueStyle::text},
    Place{"logits", "workload", "logits", ValueStyle::text},
    Place{"mask", "workload", "mask", ValueStyle::text},
    Place{"dtype", "workload", "dtype", ValueStyle::text},
    Place{"phase", "workload", "phase", ValueStyle::text},
    Place{"memory_reserve", "search", "memory_reserve", ValueStyle::text},
};

// Whether the text holds exactly this scenario.
bool says(const std::string& text, const ScenarioDocument& document, const Scenario& scenario) {
  try {
    const Scenario read = parse_scenario(text, document.file_name, document.directory);
    return scenario_text(read) == scenario_text(scenario) && read.plan_text == scenario.plan_text;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

ScenarioDocument parse_document(std::string text, std::string file_name, std::string directory) {
  ScenarioDocument document{std::move(text), std::move(file_name), std::move(directory), {}};
  document.scenario = parse_scenario(document.text, document.file_name, document.directory);
  return document;
}

ScenarioDocument read_document(const std::string& path) {
  return parse_document(read_text_file(path, "a scenario file (TOML)"), path,
                        std::filesystem::path(path).parent_path().string());
}

ScenarioDocument edited_document(const ScenarioDocument& document, const std::string& key,
                                 const std::string& value) {
  ScenarioDocument edited = document;
  apply_override(edited.scenario, key, value);
  const auto place =
      std::find_if(places.begin(), places.end(), [&](const Place& p) { return p.override_key == key; });
  if (place != places.end()) {
    const std::string written = place->style == ValueStyle::text ? toml_text(value) : value;
    edited.text = with_value(document.text, place->section, place->key, written);
    if (says(edited.text, document, edited.scenario)) return edited;
  }
  edited.text = scenario_text(edited.scenario);
  return edited;
}

}  // namespace costmodel
