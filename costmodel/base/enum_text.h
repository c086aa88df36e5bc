// Names of enum values in files and flags: one table per enum, used for printing, reading and suggestions.
#pragma once

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

#include "costmodel/base/error.h"
#include "costmodel/base/in_quotes.h"

namespace costmodel {

template <class E>
struct EnumName {
  E value;
  std::string_view name;
};
template <class E>
EnumName(E, std::string_view) -> EnumName<E>;  // clang 14 does not deduce aggregates by itself

// "a, b or c"
template <class E, std::size_t N>
std::string listed_names(const std::array<EnumName<E>, N>& table) {
  std::string text;
  for (std::size_t i = 0; i < N; ++i) {
    if (i > 0) text += i + 1 == N ? " or " : ", ";
    text += table[i].name;
  }
  return text;
}

template <class E, std::size_t N>
std::string_view enum_name(E value, const std::array<EnumName<E>, N>& table) {
  for (const EnumName<E>& entry : table)
    if (entry.value == value) return entry.name;
  throw std::logic_error("enum_name: a value is missing from the table of names");
}

// Throws Error: cannot read "cauzal": expected causal, full or sliding; did you mean "causal"?
template <class E, std::size_t N>
E enum_value(std::string_view text, const std::array<EnumName<E>, N>& table) {
  std::array<std::string_view, N> names;
  for (std::size_t i = 0; i < N; ++i) {
    if (table[i].name == text) return table[i].value;
    names[i] = table[i].name;
  }
  const std::string near = nearest_word(std::string(text.substr(0, 64)), names);
  throw Error("cannot read " + in_quotes(text) + ": expected " + listed_names(table) +
              (near.empty() ? "" : "; did you mean \"" + near + "\"?"));
}

}  // namespace costmodel
