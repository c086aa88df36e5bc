// Any bytes as a table of published measurements, as calibrate and as reproduce read it: rows and what the
// model can make of them, or costmodel::Error.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "costmodel/base/error.h"
#include "validation/published_case.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const validation::BadRows bad : {validation::BadRows::refused, validation::BadRows::listed}) {
    try {
      for (const validation::PublishedRow& row : validation::read_published_rows(text, "fuzz.csv", bad))
        validation::case_of(row);
    } catch (const costmodel::Error&) {
    }
  }
  return 0;
}
