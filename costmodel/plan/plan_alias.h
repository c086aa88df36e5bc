// The names people know: burst, ring, zigzag-ring, striped-ring, burst-kv, double-ring, ulysses, usp,
// all-gather, tensor, single.  An alias is a plan whose degrees follow from the cluster.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "costmodel/plan/plan.h"
#include "costmodel/spec/scenario.h"

namespace costmodel {

struct PlanAlias {
  std::string_view name;
  std::string_view meaning;  // one line for --help and docs
};

const std::vector<PlanAlias>& plan_aliases();

// GPUs of the smallest scale-up group that all nodes share: the natural inner ring.
int common_node_size(const ClusterSpec& cluster);

// "burst", "ring:grad_dtype=fp32", "zigzag-ring:ring=16", or axes alone
// "transport=ring:ring=8:layout=zigzag". Degrees that are not given use all GPUs.  Throws Error for unknown
// names and axes.
Plan plan_from_alias(const std::string& text, const Scenario& scenario);

// The axes that such a text sets.
std::vector<std::string> given_axes(const std::string& text);
// The plan with checkpoint, zero, offload and fused_loss at their defaults.
Plan without_memory_axes(Plan plan);

// The name to print for a plan: an alias where one fits, with the degrees, else a description: "burst 4x8",
// "zigzag-ring 32", "tensor 2 x usp 4x8".  Different plans of one scenario get different names.
std::string plan_name(const Plan& plan, const Scenario& scenario);
// Its two parts: how the work is split, and what a training step keeps and shards: "ckpt-attn zero3
// fused-loss".
std::string split_name(const Plan& plan, const Scenario& scenario);
std::string memory_axes_text(const Plan& plan);
// The bare alias whose plan this is, or plan_name where none is.
std::string alias_of(const Plan& plan, const Scenario& scenario);

}  // namespace costmodel
