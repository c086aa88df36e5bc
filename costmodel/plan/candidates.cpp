#include "costmodel/plan/candidates.h"

#include <algorithm>

#include "costmodel/plan/plan_alias.h"

namespace costmodel {

namespace {

template <class T>
bool allowed(const std::vector<T>& limit, const T& value) {
  return limit.empty() || std::find(limit.begin(), limit.end(), value) != limit.end();
}

template <class T>
std::vector<T> choices(const std::vector<T>& limit, std::vector<T> all) {
  std::erase_if(all, [&](const T& value) { return !allowed(limit, value); });
  return all;
}

std::vector<int> divisors(int n) {
  std::vector<int> list;
  for (int i = 1; i * i <= n; ++i)
    if (n % i == 0) {
      list.push_back(i);
      if (i != n / i) list.push_back(n / i);
    }
  std::sort(list.begin(), list.end());
  return list;
}

Transport transport_of(int tensor, int ulysses, int ring) {
  if (ring > 1) return ulysses > 1 ? Transport::hybrid : Transport::ring;
  if (ulysses > 1) return Transport::all_to_all;
  return tensor > 1 ? Transport::tensor : Transport::none;
}

// Flat, and every inner length that packs evenly into a node.
std::vector<int> inner_rings(const Scenario& scenario, const Plan& plan) {
  const int node = common_node_size(scenario.cluster);
  const int ranks_per_position = plan.tensor * plan.ulysses;
  std::vector<int> list;
  for (const int inner : divisors(plan.ring)) {
    const bool flat = inner == plan.ring;
    const bool inside = inner > 1 && node % (inner * ranks_per_position) == 0;
    // A ring that stays inside one node has nothing to gain from two levels.
    const bool spans_nodes = plan.ring * ranks_per_position > node;
    if ((flat || (inside && spans_nodes)) && allowed(scenario.search.inner_rings, inner))
      list.push_back(inner);
  }
  return list;
}

void add_travelling(std::vector<Plan>& plans, const Scenario& scenario, Plan plan) {
  const WorkPhase phase = scenario.workload.phase;
  const bool backward = phase != WorkPhase::forward && phase != WorkPhase::prefill;
  const bool ring = plan.transport_is_ring();
  // Without a causal edge all layouts cost the same: one of them stands for all, unless some are asked for.
  const bool alike = scenario.workload.mask.kind == MaskKind::full && scenario.search.layouts.empty();
  const std::vector<Layout> layouts =
      alike ? std::vector<Layout>{Layout::contiguous}
            : choices(scenario.search.layouts, {Layout::zigzag, Layout::striped, Layout::contiguous});
  const std::vector<BackwardSide> sides =
      backward && ring ? choices(scenario.search.backwards, {BackwardSide::kv, BackwardSide::q})
                       : std::vector<BackwardSide>{BackwardSide::kv};
  const std::vector<GradDtype> dtypes =
      backward ? choices(scenario.search.grad_dtypes, {GradDtype::bf16, GradDtype::fp32})
               : std::vector<GradDtype>{GradDtype::bf16};
  for (const Layout layout : layouts)
    for (const BackwardSide side : sides)
      for (const GradDtype dtype : dtypes) {
        plan.layout = layout;
        plan.backward = side;
        plan.grad_dtype = dtype;
        plans.push_back(plan);
      }
}

}  // namespace

std::vector<Plan> candidates(const Scenario& scenario) {
  std::vector<Plan> plans;
  const SearchLimits& limits = scenario.search;
  const int gpus = scenario.cluster.gpu_count();
  // The attention operator gains nothing from data parallelism, so it is searched only when asked for.
  const std::vector<int> datas =
      limits.datas.empty() ? std::vector<int>{1} : choices(limits.datas, divisors(gpus));
  for (const int data : datas)
    for (const int tensor : choices(limits.tensors, divisors(gpus / data)))
      for (const int ulysses : choices(limits.ulysses, divisors(gpus / data / tensor))) {
        Plan plan;
        plan.data = data;
        plan.tensor = tensor;
        plan.ulysses = ulysses;
        plan.ring = plan.inner_ring = gpus / data / tensor / ulysses;
        plan.transport = transport_of(tensor, ulysses, plan.ring);
        plan.layout = Layout::contiguous;
        if (plan.ring == 1) {
          if (allowed(limits.transports, plan.transport)) plans.push_back(plan);
          continue;
        }
        if (allowed(limits.transports, plan.transport))
          for (const int inner : inner_rings(scenario, plan)) {
            Plan ring = plan;
            ring.inner_ring = inner;
            add_travelling(plans, scenario, ring);
          }
        if (ulysses == 1 && allowed(limits.transports, Transport::all_gather)) {
          plan.transport = Transport::all_gather;
          add_travelling(plans, scenario, plan);
        }
      }
  return plans;
}

}  // namespace costmodel
