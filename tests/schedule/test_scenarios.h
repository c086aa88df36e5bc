// Small scenarios built in code, and lists of plans that cover every method.
//
// Numbers are round, so that expected times can be worked out by hand.
#pragma once

#include <string>
#include <vector>

#include "costmodel/plan/plan_text.h"
#include "costmodel/plan/reject.h"
#include "costmodel/price/calibration.h"
#include "costmodel/spec/scenario.h"
#include "tests/base/thinned.h"

namespace tests {

inline costmodel::ModelSpec small_model(std::int64_t heads, std::int64_t kv_heads,
                                        std::int64_t head_dim = 8) {
  costmodel::ModelSpec model;
  model.name = "small";
  model.layers = 2;
  model.heads = heads;
  model.kv_heads = kv_heads;
  model.head_dim = head_dim;
  model.hidden = heads * head_dim;
  model.ffn = 4 * model.hidden;
  model.vocab = 1000;
  return model;
}

// GPUs behind an NVSwitch of 400 GB/s, cards of 50 GB/s, latencies of 2 and 5 microseconds.
inline costmodel::NodeSpec small_node(int gpus, int nics) {
  using namespace costmodel::literals;
  constexpr auto given = costmodel::Provenance::given;
  costmodel::NodeSpec node;
  node.gpus = gpus;
  node.device.name = "test device";
  node.device.multiprocessors = {100, given};
  node.device.tensor_rate = {300_TFLOPps, given};
  node.device.vector_rate = {20_TFLOPps, given};
  node.device.memory = {80_GB, given};
  node.device.memory_bandwidth = {2000_GBps, given};
  node.scale_up.per_gpu = {400_GBps, given};
  node.scale_up.one_peer = {400_GBps, given};
  node.scale_up.alpha = {2_us, given};
  node.scale_out.nics = nics;
  node.scale_out.nic_bandwidth = {50_GBps, given};
  node.scale_out.alpha = {5_us, given};
  node.host_link = {25_GBps, given};
  return node;
}

inline costmodel::ClusterSpec small_cluster(int nodes, int gpus, int nics) {
  costmodel::ClusterSpec cluster;
  cluster.name = "small";
  cluster.groups.push_back({nodes, small_node(gpus, nics)});
  return cluster;
}

inline costmodel::Scenario small_scenario(int nodes, int gpus, std::int64_t sequence,
                                          costmodel::Mask mask = {}) {
  costmodel::Scenario scenario;
  scenario.model = small_model(2880, 2880);  // 64 x 45 heads divide by all degrees of the tests
  scenario.cluster = small_cluster(nodes, gpus, gpus);
  scenario.workload.sequence = sequence;
  scenario.workload.mask = mask;
  return scenario;
}

// A device that computes `rate` flop/s without any fixed costs, and waits for nothing but transfers.
inline costmodel::DeviceSpec ideal_device(double rate) {
  costmodel::DeviceSpec device = small_node(1, 1).device;
  device.multiprocessors.value = 1;
  device.tensor_rate.value = costmodel::FlopsPerSecond(rate);
  device.memory_bandwidth.value = costmodel::BytesPerSecond(1e30);
  return device;
}

inline costmodel::Calibration ideal_calibration(double slowdown = 0) {
  constexpr auto given = costmodel::Provenance::given;
  costmodel::Calibration c;
  for (costmodel::AttentionRate* rate : {&c.forward, &c.backward}) {
    rate->peak_fraction = {1.0, given};
    rate->start = {costmodel::Seconds(0), given};
    rate->tail = {0.0, given};
    rate->tile_rows = 1;
    rate->tile_columns = 0;
  }
  c.gemm.peak_fraction = {1.0, given};
  c.gemm.start = {costmodel::Seconds(0), given};
  c.host_update = {costmodel::BytesPerSecond(10e9), given};
  c.memory_efficiency = {1.0, given};
  c.merge_passes = {8.0, given};
  c.launch = {costmodel::Seconds(0), given};
  c.step_overhead = {costmodel::Seconds(0), given};
  c.compute_slowdown = {slowdown, given};
  return c;
}

inline std::vector<int> divisors_of(int n) {
  std::vector<int> list;
  for (int i = 1; i <= n; ++i)
    if (n % i == 0) list.push_back(i);
  return list;
}

inline costmodel::Transport transport_for(int tensor, int ulysses, int ring) {
  using costmodel::Transport;
  if (ring > 1) return ulysses > 1 ? Transport::hybrid : Transport::ring;
  if (ulysses > 1) return Transport::all_to_all;
  return tensor > 1 ? Transport::tensor : Transport::none;
}

// Every way to write `ranks` as data x tensor x ulysses x outer ring x inner ring, with every layout, side
// and gradient type that has a meaning for it.  With sanitizers every fifth of them.
constexpr int every_nth_plan = 5;
inline std::vector<costmodel::Plan> every_plan(int ranks) {
  using namespace costmodel;
  std::vector<Plan> plans;
  const auto add_variants = [&](Plan plan) {
    for (const Layout layout : {Layout::contiguous, Layout::zigzag, Layout::striped})
      for (const BackwardSide side : {BackwardSide::kv, BackwardSide::q})
        for (const GradDtype dtype : {GradDtype::bf16, GradDtype::fp32}) {
          if (side == BackwardSide::q && !plan.transport_is_ring()) continue;
          plan.layout = layout;
          plan.backward = side;
          plan.grad_dtype = dtype;
          plans.push_back(plan);
        }
  };
  for (const int data : divisors_of(ranks))
    for (const int tensor : divisors_of(ranks / data))
      for (const int ulysses : divisors_of(ranks / data / tensor)) {
        Plan plan;
        plan.data = data;
        plan.tensor = tensor;
        plan.ulysses = ulysses;
        plan.ring = plan.inner_ring = ranks / data / tensor / ulysses;
        plan.transport = transport_for(tensor, ulysses, plan.ring);
        plan.layout = Layout::contiguous;
        if (plan.ring == 1) {
          plans.push_back(plan);
          continue;
        }
        for (const int inner : divisors_of(plan.ring)) {
          plan.inner_ring = inner;
          add_variants(plan);
        }
        if (ulysses > 1) continue;
        plan.transport = Transport::all_gather;
        plan.inner_ring = plan.ring;
        add_variants(plan);
      }
  return thinned(plans, every_nth_plan);
}

// A cluster on which the plan passes every rule: nodes hold the inner ring with its heads.
inline costmodel::Scenario scenario_for(const costmodel::Plan& plan, std::int64_t tokens_per_rank = 2,
                                        costmodel::Mask mask = {}) {
  const int node = plan.tensor * plan.ulysses * plan.inner_ring;
  return small_scenario(plan.world_size() / node, node,
                        tokens_per_rank * plan.ring * plan.ulysses * plan.tensor, mask);
}

}  // namespace tests
