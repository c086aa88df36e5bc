// Memory that the program cannot touch, as that of a GPU: blocks of the host whose addresses are moved to
// where nothing is.  Whoever reads or writes a tensor without its TensorWork, backend or communicator
// crashes, and whoever does not wait for what was queued sees old numbers.
#pragma once

#include <memory>

#include "kernels/backend.h"
#include "kernels/rank_memory.h"
#include "kernels/tensor_memory.h"

namespace validation_tests {

// Seconds that all computing takes by the clock of that memory.
inline constexpr double far_clock = 1e-9;

std::unique_ptr<kernels::TensorMemory> far_tensor_memory();
std::unique_ptr<kernels::RankMemory> far_rank_memory();
// The cpu backend on far memory.
const kernels::Backend& far_backend();

}  // namespace validation_tests
