#include "costmodel/plan/candidates.h"

#include <algorithm>

#include "costmodel/plan/plan_alias.h"

namespace costmodel {

namespace {

constexpr int widest_search = 256;

template <class T>
bool allowed(const std::vector<T>& limit, const T& value) {
  return limit.empty() || std::find(limit.begin(), limit.end(), value) != limit.end();
}

template <class T>
std::vector<T> choices(const std::vector<T>& limit, std::vector<T> all) {
  std::erase_if(all, [&](const T& value) { return !allowed(limit, value); });
  return all;
}

// The few values when nothing is asked for and the search is narrow, else those of all that are allowed.
template <class T>
std::vector<T> open_choices(bool narrow, const std::vector<T>& limit, std::vector<T> few,
                            std::vector<T> all) {
  return narrow && limit.empty() ? few : choices(limit, std::move(all));
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

// Past this many GPUs a whole step is searched on fewer values of the axes that the scenario leaves open:
// those that hardly ever win there.
bool is_narrow(const Scenario& scenario) {
  return is_whole_model(scenario.workload.phase) && scenario.usable_gpus() > widest_search;
}

// What a training step keeps, shards and puts elsewhere: axes that do not change how attention is split.
class MemoryChoices {
 public:
  explicit MemoryChoices(const Scenario& scenario) : limits_(scenario.search) {
    const bool training = scenario.workload.phase == WorkPhase::training_step;
    const bool prefill = scenario.workload.phase == WorkPhase::prefill;
    if (training) {
      checkpoints_ = choices(limits_.checkpoints, {Checkpoint::none, Checkpoint::attention_output,
                                                   Checkpoint::half_attention_output, Checkpoint::full});
      const bool narrow = is_narrow(scenario);
      zeros_ = open_choices(narrow, limits_.zeros, {1, 3}, {0, 1, 2, 3});
      offloads_ =
          open_choices(narrow, limits_.offloads, {Offload::none}, {Offload::none, Offload::optimizer});
      losses_ = open_choices(narrow, limits_.fused_losses, {FusedLoss::yes}, {FusedLoss::no, FusedLoss::yes});
    }
    if (prefill) zeros_ = choices(limits_.zeros, {0, 3});
  }

  void add(std::vector<Plan>& plans, Plan plan) const {
    const bool replicated = plan.context_parallel() * plan.data > 1;
    for (const Checkpoint checkpoint : checkpoints_)
      for (const int zero : zeros_) {
        // One replica has nothing to shard over.
        if (!replicated && zero != zeros_.front()) continue;
        for (const Offload offload : offloads_)
          for (const FusedLoss loss : losses_) {
            plan.checkpoint = checkpoint;
            plan.zero = zero;
            plan.offload = offload;
            plan.fused_loss = loss;
            plans.push_back(plan);
          }
      }
  }

 private:
  const SearchLimits& limits_;
  std::vector<Checkpoint> checkpoints_{Checkpoint::none};
  std::vector<int> zeros_{0};
  std::vector<Offload> offloads_{Offload::none};
  std::vector<FusedLoss> losses_{FusedLoss::no};
};

void add_travelling(std::vector<Plan>& plans, const Scenario& scenario, const MemoryChoices& memory,
                    Plan plan) {
  const bool backward = has_backward(scenario.workload.phase);
  const bool ring = plan.transport_is_ring();
  // Without a causal edge all layouts cost the same: one of them stands for all, unless some are asked for.
  const bool alike = scenario.workload.mask.kind == MaskKind::full && scenario.search.layouts.empty();
  const std::vector<Layout> layouts =
      alike ? std::vector<Layout>{Layout::contiguous}
            : open_choices(is_narrow(scenario), scenario.search.layouts, {Layout::zigzag},
                           {Layout::zigzag, Layout::striped, Layout::contiguous});
  const std::vector<BackwardSide> sides =
      backward && ring ? choices(scenario.search.backwards, {BackwardSide::kv, BackwardSide::q})
                       : std::vector<BackwardSide>{BackwardSide::kv};
  // A layer's attention alone is searched with both; whole steps with the usual one unless the other is asked
  // for.
  const bool step = is_whole_model(scenario.workload.phase);
  const std::vector<GradDtype> dtypes =
      !backward ? std::vector<GradDtype>{GradDtype::bf16}
                : choices(scenario.search.grad_dtypes,
                          step && scenario.search.grad_dtypes.empty()
                              ? std::vector<GradDtype>{GradDtype::bf16}
                              : std::vector<GradDtype>{GradDtype::bf16, GradDtype::fp32});
  // Passing queries forward is worth a look where keys outnumber them.
  const bool pass_q = plan.transport == Transport::ring && scenario.workload.cached_tokens() > 0;
  const std::vector<ForwardSide> forwards =
      pass_q ? choices(scenario.search.forwards, {ForwardSide::kv, ForwardSide::q})
             : choices(scenario.search.forwards, {ForwardSide::kv});
  for (const Layout layout : layouts)
    for (const ForwardSide forward : forwards)
      for (const BackwardSide side : sides)
        for (const GradDtype dtype : dtypes) {
          plan.layout = layout;
          plan.forward = forward;
          plan.backward = side;
          plan.grad_dtype = dtype;
          memory.add(plans, plan);
        }
}

}  // namespace

std::vector<Plan> candidates(const Scenario& scenario) {
  std::vector<Plan> plans;
  const SearchLimits& limits = scenario.search;
  const int gpus = scenario.usable_gpus();
  const MemoryChoices memory(scenario);
  // One layer's attention, or a prompt, gains nothing from replicas, so they are searched only when asked
  // for.
  const bool training = scenario.workload.phase == WorkPhase::training_step;
  const std::vector<int> datas =
      limits.datas.empty() && !training ? std::vector<int>{1} : choices(limits.datas, divisors(gpus));
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
          if (allowed(limits.transports, plan.transport)) memory.add(plans, plan);
          continue;
        }
        if (allowed(limits.transports, plan.transport))
          for (const int inner : inner_rings(scenario, plan)) {
            Plan ring = plan;
            ring.inner_ring = inner;
            add_travelling(plans, scenario, memory, ring);
          }
        if (ulysses == 1 && allowed(limits.transports, Transport::all_gather)) {
          plan.transport = Transport::all_gather;
          add_travelling(plans, scenario, memory, plan);
        }
      }
  return plans;
}

}  // namespace costmodel
