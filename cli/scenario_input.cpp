#include "cli/scenario_input.h"

#include <filesystem>
#include <iostream>
#include <iterator>

#include "costmodel/answer/open_axes.h"
#include "costmodel/base/error.h"
#include "costmodel/base/text_file.h"
#include "costmodel/price/scenario_calibration.h"
#include "costmodel/spec/scenario_override.h"
#include "costmodel/spec/scenario_reader.h"

namespace cli {

using costmodel::Error;
using costmodel::InputLocation;
using costmodel::Scenario;

namespace {

constexpr std::string_view what = "a scenario file (TOML)";
const std::string standard_input = "standard input";

struct ScenarioText {
  std::string toml;
  std::string name;
  std::string directory;
};

ScenarioText read_text(const std::string& file) {
  if (file.empty())
    throw Error("the file name is empty; expected a scenario file (TOML), or - for the standard input",
                InputLocation{"", 0, 0, "scenario"});
  if (file != "-")
    return {costmodel::read_text_file(file, what), file, std::filesystem::path(file).parent_path().string()};
  // One byte past the limit is enough to know that it is too long.
  std::string text((std::size_t{costmodel::usual_longest_mib} << 20) + 1, '\0');
  std::cin.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::cin.gcount()));
  costmodel::check_text(text, standard_input, what);
  return {std::move(text), standard_input, ""};
}

void apply(Scenario& scenario, const std::string& key, const std::string& value) {
  try {
    costmodel::apply_override(scenario, key, value);
  } catch (const Error& error) {
    throw error.at(InputLocation{"", 0, 0, flag_of(key)});
  }
}

// Presets first: they would undo the numbers.
void apply_all(Scenario& scenario, const std::map<std::string, std::string>& overrides) {
  for (const char* preset : {"cluster", "model"})
    if (const auto it = overrides.find(preset); it != overrides.end()) apply(scenario, it->first, it->second);
  for (const std::string& key : costmodel::override_keys()) {
    const auto it = overrides.find(key);
    if (it != overrides.end() && key != "cluster" && key != "model") apply(scenario, key, it->second);
  }
}

}  // namespace

Scenario load_scenario(const ScenarioOptions& options) {
  const ScenarioText text = read_text(options.file);
  Scenario scenario = costmodel::parse_scenario(text.toml, text.name, text.directory);
  apply_all(scenario, options.overrides);
  if (!options.calibration.empty()) scenario.calibration_file = options.calibration;
  read_scenario_calibrations(scenario);
  return scenario;
}

costmodel::Plan plan_named(costmodel::Pricer& pricer, const std::string& text, const std::string& flag) {
  try {
    return costmodel::resolved_plan(pricer, text);
  } catch (const Error& error) {
    throw error.at(InputLocation{"", 0, 0, flag});
  }
}

}  // namespace cli
