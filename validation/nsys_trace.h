// Reads `nsys stats --report cuda_gpu_trace --format csv`: kernels and copies of all GPUs of one report.
//
// Every GPU is one rank, in the order of the devices' numbers.  The times count from the start of the report,
// so two reports have no common clock.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "validation/gpu_trace.h"

namespace validation {

// Throw Error with file, line and column.  `first_rank` is the rank of the first GPU.
std::vector<GpuTrace> parse_nsys_trace(std::string_view csv, const std::string& file, int first_rank = 0);
std::vector<GpuTrace> read_nsys_trace(const std::string& path, int first_rank = 0);

}  // namespace validation
