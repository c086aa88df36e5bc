// Which inner loops this processor can run.
#pragma once

#include <span>
#include <string_view>

#include "kernels/cpu_tile.h"

namespace kernels {

enum class CpuLevel { portable, avx2, avx512 };

std::string_view name_of(CpuLevel level);

// What was compiled in and cpuid and the operating system allow, best first; portable is always the last.
std::span<const CpuLevel> available_cpu_levels();
CpuLevel best_cpu_level();

// Throws ArgumentError when the level is not available.
const TileKernels& tile_kernels_of(CpuLevel level);

}  // namespace kernels
