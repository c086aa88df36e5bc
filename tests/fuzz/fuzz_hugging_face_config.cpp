// Any bytes as a config.json: only costmodel::Error may come out.
#include <cstdint>

#include "costmodel/base/error.h"
#include "costmodel/spec/hugging_face_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    costmodel::parse_hugging_face_config({reinterpret_cast<const char*>(data), size}, "config.json");
  } catch (const costmodel::Error&) {
  }
  return 0;
}
