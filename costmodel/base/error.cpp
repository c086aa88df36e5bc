#include "costmodel/base/error.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace costmodel {

namespace {

std::string with_place(const std::string& message, const std::optional<InputLocation>& where) {
  if (!where) return message;
  std::string text;
  if (!where->file.empty()) {
    text += where->file;
    if (where->line > 0) text += ":" + std::to_string(where->line);
    if (where->line > 0 && where->column > 0) text += ":" + std::to_string(where->column);
    text += ": ";
  }
  if (!where->key.empty()) text += where->key + ": ";
  return text + message;
}

}  // namespace

Error::Error(const std::string& message, std::optional<InputLocation> where)
    : std::runtime_error(with_place(message, where)), message_(message), where_(std::move(where)) {}

Error Error::at(InputLocation where) const { return Error(message_, std::move(where)); }

int edit_distance(std::string_view a, std::string_view b) {
  const std::size_t columns = b.size() + 1;
  std::vector<int> two_back(columns), previous(columns), current(columns);
  for (std::size_t j = 0; j < columns; ++j) previous[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int substitution = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, substitution});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        current[j] = std::min(current[j], two_back[j - 2] + 1);
    }
    two_back = previous;
    previous = current;
  }
  return previous.back();
}

}  // namespace costmodel
