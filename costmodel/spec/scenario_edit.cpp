#include "costmodel/spec/scenario_edit.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "costmodel/base/error.h"
#include "costmodel/base/text_file.h"
#include "costmodel/base/toml_document.h"
#include "costmodel/spec/scenario_override.h"
#include "costmodel/spec/scenario_reader.h"
#include "costmodel/spec/scenario_writer.h"

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

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) text += (i == 0 ? "" : "\n") + lines[i];
  return text;
}

// Of "key = value  # comment": where the value begins and ends; nothing when the line has another key.
std::optional<std::pair<std::size_t, std::size_t>> value_in(const std::string& line, std::string_view key) {
  const std::size_t equals = line.find('=');
  if (equals == std::string::npos || trimmed(std::string_view(line).substr(0, equals)) != key) return {};
  const std::size_t begin = line.find_first_not_of(blanks, equals + 1);
  if (begin == std::string::npos) return {};
  char quote = 0;
  std::size_t end = begin;
  for (; end < line.size(); ++end) {
    const char c = line[end];
    if (quote == 0 && c == '#') break;
    if (quote == 0 && (c == '"' || c == '\''))
      quote = c;
    else if (c == quote)
      quote = 0;
  }
  while (end > begin && blanks.find(line[end - 1]) != std::string_view::npos) --end;
  return std::pair{begin, end};
}

// The lines with the value replaced, or added at the end of its section, or in a section of its own.
std::string with_value(const std::string& text, const Place& place, const std::string& value) {
  std::vector<std::string> lines = lines_of(text);
  const std::string header = "[" + std::string(place.section) + "]";
  bool inside = false;
  std::optional<std::size_t> last;  // line of the section that holds something
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = trimmed(lines[i]);
    if (line.starts_with('[')) inside = line.substr(0, header.size()) == header;
    if (!inside) continue;
    if (!line.empty() && !line.starts_with('#')) last = i;
    if (const auto range = value_in(lines[i], place.key)) {
      lines[i].replace(range->first, range->second - range->first, value);
      return joined(lines);
    }
  }
  const std::string end = text.find("\r\n") == std::string::npos ? "" : "\r";
  const std::string added = std::string(place.key) + " = " + value + end;
  if (last) {
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(*last) + 1, added);
    return joined(lines);
  }
  return text + (text.ends_with('\n') ? "" : "\n") + end + "\n" + header + end + "\n" + added + "\n";
}

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
    edited.text = with_value(document.text, *place, written);
    if (says(edited.text, document, edited.scenario)) return edited;
  }
  edited.text = scenario_text(edited.scenario);
  return edited;
}

}  // namespace costmodel
