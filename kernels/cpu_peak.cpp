#include "kernels/cpu_peak.h"

#include <algorithm>
#include <ctime>

namespace kernels {

double thread_cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double measured_fma_peak(CpuLevel level) {
  const TileKernels& tile = tile_kernels_of(level);
  constexpr std::int64_t rounds = 400'000;  // about 1 ms
  double best = 0;
  volatile float sink = 0;
  const double end = thread_cpu_seconds() + 0.05;
  for (double start = thread_cpu_seconds(); start < end;) {
    sink = tile.fma_loop(rounds);
    const double stop = thread_cpu_seconds();
    if (stop > start)
      best = std::max(best, static_cast<double>(rounds) * tile.fma_loop_flop_per_round / (stop - start));
    start = stop;
  }
  static_cast<void>(sink);
  return best;
}

}  // namespace kernels
