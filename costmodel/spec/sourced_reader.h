// A hardware number of a scenario file with its birth certificate.
#pragma once

#include <string>

#include "costmodel/base/provenance.h"
#include "costmodel/spec/spec_text.h"
#include "costmodel/spec/toml_section.h"

namespace costmodel {

// Reads `key` into `number` and says whether it was there.  A plain value counts as given;
// { value = "47 GB/s", provenance = "published", source = "..." } says where it comes from.
template <class T, class Parse>
bool read_sourced(TomlSection& section, const std::string& key, Parse parse, const std::string& example,
                  Sourced<T>& number) {
  const TomlValue* value = section.find(key);
  if (value == nullptr) return false;
  if (value->kind != TomlKind::table) {
    number = Sourced<T>(*section.parsed(key, parse, example), Provenance::given);
    return true;
  }
  TomlSection table = *section.section(key);
  const auto read = table.parsed("value", parse, example);
  const auto provenance = table.parsed("provenance", parse_provenance, "\"published\"");
  const auto source = table.text("source", "\"vendor data sheet\"");
  if (!read) table.missing("value", "value = " + example);
  table.finish();
  number = Sourced<T>(*read, provenance.value_or(Provenance::given), source.value_or(""));
  return true;
}

}  // namespace costmodel
