// Where a number came from.  Every hardware and calibration number carries this, and every report shows it.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace costmodel {

enum class Provenance {
  given,      // the user typed it in the scenario
  datasheet,  // the vendor's figure
  published,  // measured by others and published, or derived from such a measurement
  assumed,    // our judgement; nobody measured it
  measured,   // measured by Ringside on the user's machine
  derived,    // computed by a formula of docs/model.md
};

std::string_view name_of(Provenance provenance);

// A number and its birth certificate.
template <class T>
struct Sourced {
  T value{};
  Provenance provenance = Provenance::given;
  std::string source;  // short text: a data sheet, a paper, a log; empty when given

  Sourced() = default;
  Sourced(T v, Provenance p, std::string s = {}) : value(v), provenance(p), source(std::move(s)) {}
};

// The weaker of two provenances: a result is as good as its worst input.
Provenance weaker(Provenance a, Provenance b);

}  // namespace costmodel
