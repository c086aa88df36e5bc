// Any bytes as a scenario file: only costmodel::Error may come out, and what was read is written and read
// back equal.
#include <cstdint>
#include <cstdlib>

#include "costmodel/base/error.h"
#include "costmodel/spec/scenario_reader.h"
#include "costmodel/spec/scenario_writer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace costmodel;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string written;
  try {
    written = scenario_text(parse_scenario(text, "fuzz.toml", "/nonexistent"));
  } catch (const Error&) {
    return 0;
  }
  // Outside of the try: a scenario that was accepted must be readable in its written form.
  if (scenario_text(parse_scenario(written, "written.toml", "/nonexistent")) != written) std::abort();
  return 0;
}
