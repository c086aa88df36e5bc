#include "costmodel/formats/nccl_tests_line.h"

#include <cctype>
#include <charconv>

namespace costmodel {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }

std::string_view without_leading_space(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return text;
}

// How many characters of `text` are a prefix; 0 when there is none.
std::size_t prefix_length(std::string_view text) {
  if (text.starts_with("> ")) return 2;
  if (text.front() == '[') {
    for (std::string_view stream : {"]<stdout>:", "]<stderr>:", "]<stdout>", "]<stderr>"}) {
      const std::size_t at = text.find(stream);
      if (at != std::string_view::npos && at < 40) return at + stream.size();
    }
  }
  if (text.front() == '(') {
    const std::size_t end = text.find(") ");
    const std::size_t process = text.find("pid=");
    if (end != std::string_view::npos && end < 120 && process < end) return end + 2;
  }
  std::size_t digits = 0;
  while (digits < text.size() && std::isdigit(static_cast<unsigned char>(text[digits])) != 0) ++digits;
  if (digits > 0 && digits < 8 && text.substr(digits).starts_with(": ")) return digits + 2;
  return 0;
}

}  // namespace

std::string_view without_launcher_prefix(std::string_view line) {
  line = without_leading_space(line);
  while (!line.empty()) {
    const std::size_t length = prefix_length(line);
    if (length == 0) break;
    line = without_leading_space(line.substr(length));
  }
  return line;
}

std::vector<std::string_view> split_words(std::string_view line) {
  std::vector<std::string_view> words;
  std::size_t at = 0;
  while (at < line.size()) {
    while (at < line.size() && is_space(line[at])) ++at;
    const std::size_t begin = at;
    while (at < line.size() && !is_space(line[at])) ++at;
    if (at > begin) words.push_back(line.substr(begin, at - begin));
  }
  return words;
}

std::optional<std::int64_t> whole_number(std::string_view word) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size() || value < 0) return std::nullopt;
  return value;
}

std::optional<double> decimal_number(std::string_view word) {
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

bool begins_row(const std::vector<std::string_view>& words) {
  return words.size() >= 3 && whole_number(words[0]) && whole_number(words[1]) &&
         std::isalpha(static_cast<unsigned char>(words[2].front())) != 0;
}

}  // namespace costmodel
