// Any bytes as a table of links or a log: either rows and a fit, or costmodel::Error.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "costmodel/base/error.h"
#include "validation/link_calibration.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace validation;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  is_link_table(text);
  try {
    fit_links(read_link_rows(text, "fuzz.csv"));
  } catch (const costmodel::Error&) {
  }
  return 0;
}
