// A TOML file as a plain tree with the line and column of every key and value.
//
// The parser is toml++, which appears only in toml_document.cpp; reading keys strictly is in
// spec/toml_section.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace costmodel {

enum class TomlKind { text, integer, number, boolean, date, list, table };

struct TomlEntry;

struct TomlValue {
  TomlKind kind = TomlKind::table;
  std::string text;                // text
  std::int64_t integer = 0;        // integer
  double number = 0;               // integer and number
  std::vector<TomlValue> items;    // list
  std::vector<TomlEntry> entries;  // table, in the order of their names
  int line = 0;
  int column = 0;
};

struct TomlEntry {
  std::string key;
  TomlValue value;
  int line = 0;  // of the key
  int column = 0;
};

// "text", "a whole number", "a list": for messages.
std::string_view description(TomlKind kind);

// Throws Error with file, line and column.  `what` names the expected content: "a scenario file (TOML)".
TomlValue parse_toml(std::string_view text, const std::string& file, std::string_view what);

// A TOML string with quotes and escapes, ASCII only.
std::string toml_text(std::string_view text);

}  // namespace costmodel
