// Any bytes as a table of published measurements: rows and what the model can make of them, or
// costmodel::Error.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "costmodel/base/error.h"
#include "validation/published_case.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    for (const validation::PublishedRow& row : validation::read_published_rows(
             std::string_view(reinterpret_cast<const char*>(data), size), "fuzz.csv"))
      validation::case_of(row);
  } catch (const costmodel::Error&) {
  }
  return 0;
}
