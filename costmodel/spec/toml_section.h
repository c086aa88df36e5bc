// One table of a TOML file, read strictly: it remembers the keys that were asked for, so that what is left
// over is a misspelt or unknown key.  Every failure throws Error with file, line, column, key and an example
// of what is right.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "costmodel/base/error.h"
#include "costmodel/base/toml_document.h"

namespace costmodel {

class TomlSection {
 public:
  // `table` must outlive the section; `path` is its full name ("cluster.device"), empty at the top.
  TomlSection(const TomlValue& table, std::string path, std::string file);

  // The value of a key, or nullptr; from now on the key counts as known.
  const TomlValue* find(const std::string& key);
  bool has(const std::string& key) { return find(key) != nullptr; }

  // Text in quotes.
  std::optional<std::string> text(const std::string& key, const std::string& example);

  // A whole number without quotes in [smallest, largest].
  std::optional<std::int64_t> count(const std::string& key, std::int64_t smallest, std::int64_t largest,
                                    std::int64_t example);

  // Text or a bare number, read by a parse function of unit_text.h, spec_text.h or plan_text.h.
  template <class Parse>
  auto parsed(const std::string& key, Parse parse, const std::string& example)
      -> std::optional<decltype(parse(std::string_view{}))> {
    const TomlValue* value = find(key);
    if (value == nullptr) return std::nullopt;
    return parse_value(*value, key, parse, example);
  }

  // One value or a list of them; empty when the key is absent.
  template <class Parse>
  auto parsed_list(const std::string& key, Parse parse, const std::string& example)
      -> std::vector<decltype(parse(std::string_view{}))> {
    std::vector<decltype(parse(std::string_view{}))> result;
    const TomlValue* value = find(key);
    if (value == nullptr) return result;
    if (value->kind != TomlKind::list) return {parse_value(*value, key, parse, example)};
    if (value->items.empty())
      fail(key, "the list is empty, which would allow nothing; leave the key out or write " + example);
    for (const TomlValue& item : value->items) result.push_back(parse_value(item, key, parse, example));
    return result;
  }

  std::optional<TomlSection> section(const std::string& key);
  std::vector<TomlSection> sections(const std::string& key);  // of [[key]]

  // A scalar as a parse function takes it: text as it is, a number as its digits.
  std::string scalar(const TomlValue& value, const std::string& key, const std::string& example) const;

  // Throws: the value of `key`, or the section where the key is absent, is wrong.
  [[noreturn]] void fail(const std::string& key, const std::string& message) const;
  [[noreturn]] void fail_at(const TomlValue& value, const std::string& key, const std::string& message) const;

  // Throws: `key` is needed; names the misspelt key that may have been meant.
  [[noreturn]] void missing(const std::string& key, const std::string& expected) const;

  // Throws when a key was never asked for.
  void finish() const;

  const std::string& path() const { return path_; }
  const std::string& file() const { return file_; }

 private:
  template <class Parse>
  auto parse_value(const TomlValue& value, const std::string& key, Parse parse,
                   const std::string& example) const {
    const std::string text = scalar(value, key, example);
    try {
      return parse(std::string_view(text));
    } catch (const Error& error) {
      fail_at(value, key, error.message());
    }
  }

  std::string full_key(const std::string& key) const;
  const TomlEntry* entry(const std::string& key) const;
  [[noreturn]] void fail_unknown(const TomlEntry& entry) const;

  const TomlValue* table_;
  std::string path_;
  std::string file_;
  std::set<std::string> known_;
};

}  // namespace costmodel
