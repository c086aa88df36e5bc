// Any bytes as a packed file: either text, or costmodel::Error.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "costmodel/base/error.h"
#include "validation/gzip_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    validation::gunzip(bytes, "fuzz.gz", "a trace", 4);
  } catch (const costmodel::Error&) {
  }
  return 0;
}
