#include "costmodel/base/toml_document.h"

#include <fmt/format.h>
// The parser asserts some conditions just before it reports their failure as a parse error.  Compiled with
// assertions (in sanitizer builds) it would stop there; the distribution's library has none.
#define TOML_ASSERT(expression) static_assert(true)
#include <toml++/toml.h>

#include "costmodel/base/error.h"
#include "costmodel/base/text_file.h"
#include "costmodel/base/toml_check.h"
#include "costmodel/base/utf8.h"

namespace costmodel {

namespace {

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
  check_toml(text, file);
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
  for (std::size_t at = 0; at < text.size();) {
    const Character c = character_at(text, at);
    at += c.bytes;
    if (c.code == '"' || c.code == '\\')
      result += {'\\', static_cast<char>(c.code)};
    else if (c.code < 0x20 || c.code >= 0x7F)
      result += c.code <= 0xFFFF ? fmt::format("\\u{:04X}", c.code) : fmt::format("\\U{:08X}", c.code);
    else
      result += static_cast<char>(c.code);
  }
  return result + "\"";
}

}  // namespace costmodel
