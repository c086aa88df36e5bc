// The named figures of one priced plan, in the order in which reports show them.
#pragma once

#include <vector>

#include "costmodel/price/figure.h"
#include "costmodel/price/plan_price.h"

namespace costmodel {

// Names: time, compute, exposed, slowdown, tokens_per_second_per_gpu, tflops_per_gpu, traffic.per_gpu,
// traffic.intra, traffic.inter, traffic.items.<item>, memory.peak, memory.items.<buffer>,
// memory.items.reserve, max_sequence, and for each phase phases.<phase>.time / .compute / .exposed /
// .slowdown, all its runs together. Of whole-model phases also compute.items.<part>, host, tokens_per_second,
// model_flops, model_flops_utilization, memory.allocated and memory.cached.  Empty for a plan that was
// rejected before it was priced.
std::vector<Figure> plan_figures(Pricer& pricer, const PlanPrice& price);

// The figure of that name, nullptr when there is none.
const Figure* find_figure(const std::vector<Figure>& figures, std::string_view name);

}  // namespace costmodel
