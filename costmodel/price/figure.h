// A figure: one named quantity with its unit, its formula, the numbers put in and where they came from.
//
// Tables, JSON, --explain and the GUI all show this same object; nothing prints a number that is not one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "costmodel/base/provenance.h"

namespace costmodel {

enum class Unit { seconds, bytes, bytes_per_second, flop, flop_per_second, tokens, tokens_per_second, one };

std::string_view symbol_of(Unit unit);  // "s", "B", "B/s", "flop", "flop/s", "tokens", "tokens/s", "1"
std::string format_quantity(double value, Unit unit);  // "412 ms", "31.4 GiB": for people

struct FigureInput {
  std::string symbol;   // "R", "alpha"
  std::string meaning;  // "ring length"
  std::string text;     // "8", "11.8 us"
  Provenance provenance = Provenance::given;
  std::string source;
};

struct Figure {
  std::string name;  // "time", "traffic.intra", "memory.items.K,V": the path in the JSON
  double value = 0;
  Unit unit = Unit::one;
  double low = 0;  // 90 % interval; equal to value where the figure is exact
  double high = 0;
  std::string formula;             // number in docs/model.md: "4.5"
  std::string interval_formula{};  // of low and high: "4.6", "5.9"; "" where the figure is exact
  std::string expression;          // the formula with numbers: "2 x 7 x 64 MiB"
  std::vector<FigureInput> inputs;
  Provenance provenance = Provenance::derived;  // the weakest of what went in
};

}  // namespace costmodel
