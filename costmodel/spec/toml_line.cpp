#include "costmodel/spec/toml_line.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace costmodel {

namespace {

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

}  // namespace

std::string with_value(const std::string& text, std::string_view section, std::string_view key,
                       const std::string& value) {
  std::vector<std::string> lines = lines_of(text);
  const std::string header = "[" + std::string(section) + "]";
  bool inside = false;
  std::optional<std::size_t> last;  // line of the section that holds something
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = trimmed(lines[i]);
    if (line.starts_with('[')) inside = line.substr(0, header.size()) == header;
    if (!inside) continue;
    if (!line.empty() && !line.starts_with('#')) last = i;
    if (const auto range = value_in(lines[i], key)) {
      lines[i].replace(range->first, range->second - range->first, value);
      return joined(lines);
    }
  }
  const std::string end = text.find("\r\n") == std::string::npos ? "" : "\r";
  const std::string added = std::string(key) + " = " + value + end;
  if (last) {
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(*last) + 1, added);
    return joined(lines);
  }
  return text + (text.ends_with('\n') ? "" : "\n") + end + "\n" + header + end + "\n" + added + "\n";
}

std::string without_value(const std::string& text, std::string_view section, std::string_view key) {
  std::vector<std::string> lines = lines_of(text);
  const std::string header = "[" + std::string(section) + "]";
  bool inside = false;
  for (auto line = lines.begin(); line != lines.end(); ++line) {
    const std::string_view words = trimmed(*line);
    if (words.starts_with('[')) inside = words.substr(0, header.size()) == header;
    if (!inside || !value_in(*line, key)) continue;
    lines.erase(line);
    return joined(lines);
  }
  return text;
}

}  // namespace costmodel
