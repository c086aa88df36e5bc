#include "costmodel/base/provenance.h"

#include <array>

namespace costmodel {

std::string_view name_of(Provenance provenance) {
  constexpr std::array<std::string_view, 6> names{"given",   "datasheet", "published",
                                                  "assumed", "measured",  "derived"};
  return names.at(static_cast<std::size_t>(provenance));
}

Provenance weaker(Provenance a, Provenance b) {
  auto weakness = [](Provenance p) {
    switch (p) {
      case Provenance::derived: return 0;
      case Provenance::measured: return 1;
      case Provenance::given: return 2;
      case Provenance::published: return 3;
      case Provenance::datasheet: return 4;
      case Provenance::assumed: return 5;
    }
    return 5;
  };
  return weakness(a) >= weakness(b) ? a : b;
}

}  // namespace costmodel
