#include "costmodel/answer/memory_remedy.h"

#include <algorithm>
#include <string_view>

#include "costmodel/spec/search_edit.h"

namespace costmodel {

std::vector<std::pair<std::string, std::string>> axes_of(const MemoryChange& change) {
  constexpr std::string_view between = ", ", is = " = ";
  std::vector<std::pair<std::string, std::string>> axes;
  std::string_view rest = change.text;
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find(between));
    if (const std::size_t at = part.find(is); at != std::string_view::npos)
      axes.emplace_back(part.substr(0, at), part.substr(at + is.size()));
    rest.remove_prefix(std::min(rest.size(), part.size() + between.size()));
  }
  return axes;
}

ScenarioDocument remedied_document(const ScenarioDocument& document, const MemoryChange& change) {
  ScenarioDocument remedied = document;
  for (const auto& [axis, value] : axes_of(change)) {
    if (document.scenario.plan) {
      remedied = planned_document(remedied, axis, value);
      continue;
    }
    std::vector<std::string> allowed = allowed_values(document.scenario.search, axis);
    if (std::find(allowed.begin(), allowed.end(), value) == allowed.end()) allowed.push_back(value);
    remedied = limited_document(remedied, axis, allowed);
  }
  return remedied;
}

}  // namespace costmodel
