// Any bytes as a profile: either kernels and steps, or costmodel::Error.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "costmodel/base/error.h"
#include "validation/nsys_trace.h"
#include "validation/trace_steps.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace validation;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    for (const GpuTrace& trace : parse_nsys_trace(text, "fuzz.csv")) {
      for (const std::string& name : trace.names) short_kernel_name(name);
      find_steps(trace, {KernelKind::attention_forward, KernelKind::attention_backward}, "");
    }
  } catch (const costmodel::Error&) {
  }
  return 0;
}
