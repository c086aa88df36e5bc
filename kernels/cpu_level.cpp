#include "kernels/cpu_level.h"

#include <algorithm>
#include <string>
#include <vector>

#include "kernels/tensor_view.h"

#ifdef RINGSIDE_X86_TILES
#include <cpuid.h>
#endif

namespace kernels {

namespace {

#ifdef RINGSIDE_X86_TILES
// The compilers' own test knows this feature only in newer versions.
bool has_f16c() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_F16C) != 0;
}
#endif

std::vector<CpuLevel> detect() {
  std::vector<CpuLevel> levels;
#ifdef RINGSIDE_X86_TILES
  // These ask cpuid, and xgetbv whether the operating system saves the registers.
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
    levels.push_back(CpuLevel::avx512);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c())
    levels.push_back(CpuLevel::avx2);
#endif
  levels.push_back(CpuLevel::portable);
  return levels;
}

}  // namespace

std::string_view name_of(CpuLevel level) {
  switch (level) {
    case CpuLevel::portable: return "portable";
    case CpuLevel::avx2: return "AVX2 + FMA";
    case CpuLevel::avx512: return "AVX-512";
  }
  return "?";
}

std::span<const CpuLevel> available_cpu_levels() {
  static const std::vector<CpuLevel> levels = detect();
  return levels;
}

CpuLevel best_cpu_level() { return available_cpu_levels().front(); }

const TileKernels& tile_kernels_of(CpuLevel level) {
  const auto levels = available_cpu_levels();
  if (std::find(levels.begin(), levels.end(), level) == levels.end())
    throw ArgumentError("cpu backend: this machine cannot run " + std::string(name_of(level)) +
                        "; the best it has is " + std::string(name_of(best_cpu_level())));
#ifdef RINGSIDE_X86_TILES
  if (level == CpuLevel::avx512) return avx512_tile_kernels;
  if (level == CpuLevel::avx2) return avx2_tile_kernels;
#endif
  return portable_tile_kernels;
}

}  // namespace kernels
