#include "costmodel/base/toml_document.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>

#include "costmodel/base/error.h"
#include "costmodel/base/in_quotes.h"
#include "costmodel/base/text_file.h"

namespace costmodel {

namespace {

constexpr int most_dots_in_a_line = 64;
constexpr int deepest = 32;

// Refuses what a scenario never needs and the parser does not survive, before it sees it:
// - nesting: the parser and its destructors recurse over brackets within brackets and over dotted keys, where
//   a.b.c = 1 makes one table per dot;
// - letters beyond ASCII outside of quotes and comments: toml++ 3.3 runs into undefined behaviour on them;
// - text over several lines, which would make quotes hard to follow here.
void check_before_parsing(std::string_view text, const std::string& file) {
  int line = 1, column = 0, dots = 0, depth = 0;
  char quote = 0;
  bool comment = false;
  const auto fail = [&](const std::string& message) {
    throw Error(message, InputLocation{file, line, column, ""});
  };
  for (std::size_t i = text.starts_with("\xEF\xBB\xBF") ? 3 : 0; i < text.size(); ++i) {
    const char c = text[i];
    ++column;
    if (c == '\n') {
      ++line;
      column = dots = 0;
      quote = 0;
      comment = false;
    } else if (comment) {
      continue;
    } else if (quote != 0) {
      const bool escapes = c == '\\' && quote == '"' && i + 1 < text.size() && text[i + 1] != '\n';
      if (escapes) ++i, ++column;
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      if (text.substr(i, 3) == std::string(3, c))
        fail(
            "text over several lines is not used here; expected text in quotes on one line, such as "
            "\"128K\"");
      quote = c;
    } else if (c == '#') {
      comment = true;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      depth = std::max(0, depth - 1);
    } else if (c == '.') {
      ++dots;
    } else if (static_cast<unsigned char>(c) >= 0x80) {
      fail(
          "a character that is not ASCII stands outside of quotes; expected a line of a scenario file "
          "(TOML), such as "
          "sequence = \"128K\"");
    }
    if (depth > deepest || dots > most_dots_in_a_line)
      fail(fmt::format(
          "the values are nested too deep; expected at most {} brackets within brackets and {} dots in a "
          "line, such as cluster.device.memory = \"80 GiB\"",
          deepest, most_dots_in_a_line));
  }
}

void set_place(const toml::source_region& source, int& line, int& column) {
  line = static_cast<int>(source.begin.line);
  column = static_cast<int>(source.begin.column);
}

TomlValue converted(const toml::node& node) {
  TomlValue value;
  set_place(node.source(), value.line, value.column);
  if (const toml::table* table = node.as_table()) {
    value.kind = TomlKind::table;
    for (const auto& [key, child] : *table) {
      TomlEntry entry{std::string(key.str()), converted(child), 0, 0};
      set_place(key.source(), entry.line, entry.column);
      value.entries.push_back(std::move(entry));
    }
  } else if (const toml::array* array = node.as_array()) {
    value.kind = TomlKind::list;
    value.items.reserve(array->size());
    for (const toml::node& child : *array) value.items.push_back(converted(child));
  } else if (const auto* text = node.as_string()) {
    value.kind = TomlKind::text;
    value.text = text->get();
  } else if (const auto* integer = node.as_integer()) {
    value.kind = TomlKind::integer;
    value.integer = integer->get();
    value.number = static_cast<double>(value.integer);
  } else if (const auto* number = node.as_floating_point()) {
    value.kind = TomlKind::number;
    value.number = number->get();
  } else {
    value.kind = node.is_boolean() ? TomlKind::boolean : TomlKind::date;
  }
  return value;
}

}  // namespace

std::string_view description(TomlKind kind) {
  switch (kind) {
    case TomlKind::text: return "text";
    case TomlKind::integer: return "a whole number";
    case TomlKind::number: return "a number";
    case TomlKind::boolean: return "true or false";
    case TomlKind::date: return "a date or time";
    case TomlKind::list: return "a list";
    case TomlKind::table: return "a table";
  }
  return "something else";
}

TomlValue parse_toml(std::string_view text, const std::string& file, std::string_view what) {
  check_text(text, file, what);
  check_before_parsing(text, file);
  try {
    return converted(toml::parse(text));
  } catch (const toml::parse_error& error) {
    InputLocation where{file, 0, 0, ""};
    set_place(error.source(), where.line, where.column);
    const std::string problem(error.description());
    if (problem.find("redefine") != std::string::npos) throw Error(problem + "; keep one of the two", where);
    throw Error("this is not TOML: " + problem + "; expected " + std::string(what), where);
  }
}

std::string toml_text(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      result += std::string("\\") + c;
    else if (code < 0x20 || code == 0x7F)
      result += fmt::format("\\u{:04X}", code);
    else
      result += c;
  }
  return result + "\"";
}

}  // namespace costmodel
