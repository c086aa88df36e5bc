// Backend `cpu`: tiled attention steps in fp32 for one machine, on any number of threads.
//
// The result does not depend on the number of threads, bit for bit: tiles are cut by the shape alone, every
// number is written by one work item, and where several items add to one row (dQ) they take turns in a fixed
// order.  It does depend on the level: AVX-512, AVX2 and portable sum in different orders.
#pragma once

#include <string>

#include "kernels/attention_step.h"
#include "kernels/cpu_level.h"

namespace kernels {

// Why the cpu backend cannot compute this head dim, in words; "" when it can.
std::string cpu_rejects(std::int64_t dim);

void cpu_forward_step(const ForwardStep& step, const ForwardState& state, int threads, CpuLevel level);
void cpu_backward_step(const BackwardStep& step, const GradientState& state, int threads, CpuLevel level);

}  // namespace kernels
