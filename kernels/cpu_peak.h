// The multiply-add rate of one core, as measured by a loop that does nothing else.
#pragma once

#include "kernels/cpu_level.h"

namespace kernels {

// flop/s (a multiply-add is 2) over the CPU time of the calling thread: the best of several rounds of
// independent multiply-adds in registers.  Takes about 50 ms.
double measured_fma_peak(CpuLevel level);

// CPU time of the calling thread, seconds from some start.
double thread_cpu_seconds();

}  // namespace kernels
