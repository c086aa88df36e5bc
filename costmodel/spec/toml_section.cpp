#include "costmodel/spec/toml_section.h"

#include <fmt/format.h>

#include <cmath>

#include "costmodel/base/in_quotes.h"

namespace costmodel {

namespace {

// A key as a message shows it: bare where TOML allows it (also as "device.memory"), else in quotes.
std::string shown_key(const std::string& key) {
  const bool bare =
      !key.empty() && key.size() <= 48 &&
      key.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") ==
          std::string::npos;
  return bare ? key : in_quotes(key);
}

}  // namespace

TomlSection::TomlSection(const TomlValue& table, std::string path, std::string file)
    : table_(&table), path_(std::move(path)), file_(std::move(file)) {}

std::string TomlSection::full_key(const std::string& key) const {
  if (key.empty()) return path_;
  return path_.empty() ? shown_key(key) : path_ + "." + shown_key(key);
}

const TomlEntry* TomlSection::entry(const std::string& key) const {
  for (const TomlEntry& candidate : table_->entries)
    if (candidate.key == key) return &candidate;
  return nullptr;
}

const TomlValue* TomlSection::find(const std::string& key) {
  known_.insert(key);
  const TomlEntry* found = entry(key);
  return found == nullptr ? nullptr : &found->value;
}

std::string TomlSection::scalar(const TomlValue& value, const std::string& key,
                                const std::string& example) const {
  switch (value.kind) {
    case TomlKind::text: return value.text;
    case TomlKind::integer: return std::to_string(value.integer);
    case TomlKind::number:
      if (std::isfinite(value.number)) return fmt::format("{}", value.number);
      fail_at(value, key, "this is not a finite number; expected a value such as " + example);
    default:
      fail_at(value, key,
              fmt::format("found {}; expected a value such as {}", description(value.kind), example));
  }
}

std::optional<std::string> TomlSection::text(const std::string& key, const std::string& example) {
  const TomlValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->kind != TomlKind::text)
    fail_at(*value, key,
            fmt::format("found {}; expected text in quotes, such as {}", description(value->kind), example));
  return value->text;
}

std::optional<std::int64_t> TomlSection::count(const std::string& key, std::int64_t smallest,
                                               std::int64_t largest, std::int64_t example) {
  const TomlValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  const std::string expected = fmt::format("expected a whole number from {} to {} without quotes, such as {}",
                                           smallest, largest, example);
  if (value->kind != TomlKind::integer)
    fail_at(*value, key, fmt::format("found {}; {}", description(value->kind), expected));
  if (value->integer < smallest || value->integer > largest)
    fail_at(*value, key, fmt::format("{} is out of range; {}", value->integer, expected));
  return value->integer;
}

std::optional<TomlSection> TomlSection::section(const std::string& key) {
  const TomlValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->kind != TomlKind::table)
    fail_at(*value, key,
            fmt::format("found {}; expected a section, written [{}] on a line of its own",
                        description(value->kind), full_key(key)));
  return TomlSection(*value, full_key(key), file_);
}

std::vector<TomlSection> TomlSection::sections(const std::string& key) {
  std::vector<TomlSection> result;
  const TomlValue* value = find(key);
  if (value == nullptr) return result;
  const std::string expected =
      fmt::format("expected sections, each written [[{}]] on a line of its own", full_key(key));
  if (value->kind != TomlKind::list)
    fail_at(*value, key, fmt::format("found {}; {}", description(value->kind), expected));
  if (value->items.empty()) fail_at(*value, key, "the list is empty; " + expected);
  for (const TomlValue& item : value->items) {
    if (item.kind != TomlKind::table)
      fail_at(item, key, fmt::format("found {}; {}", description(item.kind), expected));
    result.emplace_back(item, fmt::format("{}[{}]", full_key(key), result.size()), file_);
  }
  return result;
}

void TomlSection::fail_at(const TomlValue& value, const std::string& key, const std::string& message) const {
  throw Error(message, InputLocation{file_, value.line, value.column, full_key(key)});
}

void TomlSection::fail(const std::string& key, const std::string& message) const {
  if (const TomlEntry* found = entry(key)) fail_at(found->value, key, message);
  // "device.memory": the nearest thing that exists is the place.
  const TomlEntry* parent = entry(key.substr(0, key.find('.')));
  if (parent == nullptr) fail_at(*table_, key, message);
  for (const TomlEntry& child : parent->value.entries)
    if (parent->key + "." + child.key == key) fail_at(child.value, key, message);
  fail_at(parent->value, key, message);
}

void TomlSection::fail_unknown(const TomlEntry& unknown) const {
  std::string list;
  for (const std::string& key : known_) list += (list.empty() ? "" : ", ") + key;
  const std::string near = nearest_word(unknown.key.substr(0, 64), known_);
  throw Error((near.empty() ? std::string("unknown key") : "unknown key; did you mean \"" + near + "\"?") +
                  (list.empty() ? std::string("; no key is known here") : "; known here: " + list),
              InputLocation{file_, unknown.line, unknown.column, full_key(unknown.key)});
}

void TomlSection::missing(const std::string& key, const std::string& expected) const {
  for (const TomlEntry& candidate : table_->entries)
    if (known_.count(candidate.key) == 0 &&
        !nearest_word(candidate.key.substr(0, 64), std::vector{key}).empty())
      fail_unknown(candidate);
  throw Error("the key is missing; expected " + expected,
              InputLocation{file_, std::max(table_->line, 1), std::max(table_->column, 1), full_key(key)});
}

void TomlSection::finish() const {
  for (const TomlEntry& candidate : table_->entries)
    if (known_.count(candidate.key) == 0) fail_unknown(candidate);
}

}  // namespace costmodel
