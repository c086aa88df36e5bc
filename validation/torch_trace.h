// Reads what torch.profiler's export_chrome_trace wrote: the GPU's part of it.
//
// One file is one process, and so one rank.  Events of the CPU are passed over; times are microseconds, which
// copies with their own bandwidth prove or disprove.  A file may be packed with gzip.
#pragma once

#include <string>
#include <string_view>

#include "validation/gpu_trace.h"

namespace validation {

// Throw Error with the file and the line, or the path of the value in it: "traceEvents/17/dur".
GpuTrace parse_torch_trace(std::string_view json, const std::string& file);
GpuTrace read_torch_trace(const std::string& path);

}  // namespace validation
