// Markdown documents of the project as the tests read them.
#pragma once

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

inline std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(std::string(RINGSIDE_SOURCE_DIR) + "/" + path).rdbuf();
  return text.str();
}

using Cells = std::vector<std::string>;

// The body of the Markdown table whose header line starts with `header`.
inline std::vector<Cells> markdown_table(const std::string& text, std::string_view header) {
  std::vector<Cells> rows;
  std::istringstream lines(text.substr(std::min(text.find(header), text.size())));
  std::string line;
  for (int number = 0; std::getline(lines, line) && line.starts_with("|"); ++number) {
    if (number < 2) continue;  // header and rule
    Cells cells;
    std::istringstream parts(line.substr(1));
    for (std::string cell; std::getline(parts, cell, '|');) {
      const std::size_t first = cell.find_first_not_of(' '), last = cell.find_last_not_of(' ');
      cells.push_back(first == std::string::npos ? "" : cell.substr(first, last - first + 1));
    }
    rows.push_back(cells);
  }
  return rows;
}

}  // namespace tests
