#include "costmodel/plan/plan_alias.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "costmodel/base/error.h"
#include "costmodel/plan/plan_text.h"

namespace costmodel {

namespace {

struct AxisText {
  std::string key;
  std::string value;
};

struct PlanText {
  std::string alias;  // empty: axes alone
  std::vector<AxisText> axes;
};

PlanText split(const std::string& text) {
  PlanText parts;
  std::size_t begin = 0;
  bool first = true;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(':', begin), text.size());
    const std::string item = text.substr(begin, end - begin);
    const std::size_t equals = item.find('=');
    if (equals != std::string::npos) {
      parts.axes.push_back({item.substr(0, equals), item.substr(equals + 1)});
    } else if (first) {
      parts.alias = item;
    } else {
      throw Error("cannot read \"" + item + "\" in plan \"" + text +
                  "\": expected axis=value after a colon, such as \"ring:grad_dtype=fp32\"");
    }
    first = false;
    begin = end + 1;
  }
  return parts;
}

bool is_degree(const std::string& key) {
  return key == "tensor" || key == "data" || key == "ulysses" || key == "ring";
}

// The largest head split that stays inside a node, beside that of tensor parallelism.
int natural_ulysses(const Scenario& scenario, int gpus, int tensor) {
  const int node = common_node_size(scenario.cluster);
  int best = 1;
  for (int u = 1; u <= std::min(node / tensor, gpus); ++u) {
    const int split = u * tensor;
    if (node % split == 0 && gpus % u == 0 && scenario.model.heads % split == 0 &&
        scenario.model.kv_heads % split == 0)
      best = u;
  }
  return best;
}

int natural_inner_ring(const Scenario& scenario, int ring, int ranks_per_position) {
  const int node = common_node_size(scenario.cluster);
  if (node % ranks_per_position != 0) return ring;
  const int inside = node / ranks_per_position;
  return inside > 1 && ring > inside && ring % inside == 0 ? inside : ring;
}

// The plan of an alias; degrees set by the user replace the natural ones.
Plan base_plan(const std::string& name, const Scenario& scenario, const Plan& degrees, bool ring_given,
               bool ulysses_given) {
  Plan plan;
  plan.tensor = degrees.tensor;
  plan.data = degrees.data;
  const int gpus = std::max(1, scenario.usable_gpus() / (plan.tensor * plan.data));
  const auto ring_of = [&](int ulysses) {
    plan.ulysses = ulysses;
    plan.ring = ring_given ? degrees.ring : std::max(1, gpus / ulysses);
    plan.inner_ring = plan.ring;
  };
  if (name == "ring" || name == "zigzag-ring" || name == "striped-ring") {
    ring_of(ulysses_given ? degrees.ulysses : 1);
    plan.transport = Transport::ring;
    plan.layout = name == "ring"          ? Layout::contiguous
                  : name == "zigzag-ring" ? Layout::zigzag
                                          : Layout::striped;
  } else if (name == "burst" || name == "burst-kv" || name == "double-ring") {
    ring_of(ulysses_given ? degrees.ulysses : 1);
    plan.transport = Transport::ring;
    plan.layout = Layout::zigzag;
    plan.inner_ring = natural_inner_ring(scenario, plan.ring, plan.ulysses * plan.tensor);
    plan.backward = name == "burst" ? BackwardSide::q : BackwardSide::kv;
    plan.grad_dtype = name == "double-ring" ? GradDtype::fp32 : GradDtype::bf16;
  } else if (name == "ulysses") {
    plan.transport = Transport::all_to_all;
    plan.ulysses = ulysses_given ? degrees.ulysses : gpus;
    plan.layout = Layout::contiguous;
    plan.ring = plan.inner_ring = 1;
  } else if (name == "usp") {
    ring_of(ulysses_given ? degrees.ulysses : natural_ulysses(scenario, gpus, plan.tensor));
    plan.transport = Transport::hybrid;
    plan.layout = Layout::zigzag;
    plan.grad_dtype = GradDtype::fp32;
    // One node, enough heads: the ring has shrunk to one rank and usp is Ulysses.
    if (plan.ring == 1) plan.transport = Transport::all_to_all;
    if (plan.ulysses == 1) plan.transport = Transport::ring;
    if (plan.ring == 1) plan.layout = Layout::contiguous, plan.grad_dtype = GradDtype::bf16;
  } else if (name == "all-gather") {
    ring_of(1);
    plan.transport = Transport::all_gather;
    plan.layout = Layout::zigzag;
  } else if (name == "tensor") {
    plan.transport = Transport::tensor;
    plan.layout = Layout::contiguous;
    plan.tensor = degrees.tensor > 1 ? degrees.tensor : std::max(1, scenario.usable_gpus() / plan.data);
  } else {  // single
    plan = Plan{};
    plan.data = degrees.data;
    plan.transport = Transport::none;
    plan.layout = Layout::contiguous;
  }
  if (plan.world_size() == 1) {
    plan.transport = Transport::none;
    plan.layout = Layout::contiguous;
  }
  return plan;
}

// The part of the name that the transport gives, degrees included.
std::string family_name(const Plan& plan) {
  const auto ring_text = [&] {
    return plan.double_ring() ? std::to_string(plan.outer_ring()) + "x" + std::to_string(plan.inner_ring)
                              : std::to_string(plan.ring);
  };
  switch (plan.transport) {
    case Transport::none: return "single";
    case Transport::tensor: return "tensor " + std::to_string(plan.tensor);
    case Transport::all_to_all: return "ulysses " + std::to_string(plan.ulysses);
    case Transport::hybrid: return "usp " + std::to_string(plan.ulysses) + "x" + ring_text();
    case Transport::all_gather: return "all-gather " + ring_text();
    case Transport::ring: break;
  }
  if (plan.layout == Layout::zigzag && (plan.double_ring() || plan.backward == BackwardSide::q))
    return (plan.backward == BackwardSide::q ? "burst " : "burst-kv ") + ring_text();
  if (plan.layout == Layout::striped) return "striped-ring " + ring_text();
  return (plan.layout == Layout::zigzag ? "zigzag-ring " : "ring ") + ring_text();
}

}  // namespace

const std::vector<PlanAlias>& plan_aliases() {
  static const std::vector<PlanAlias> aliases{
      {"ring", "flat ring, contiguous tokens; K, V and their gradients travel (RingAttention)"},
      {"zigzag-ring", "flat ring, zigzag tokens: causal work is balanced"},
      {"striped-ring", "flat ring, striped tokens"},
      {"burst", "zigzag; queries travel in backward; double ring when it spans nodes (BurstAttention)"},
      {"burst-kv",
       "burst with K, V and their bf16 gradients travelling in backward, for grouped-query models"},
      {"double-ring", "zigzag double ring with fp32 gradients of K, V (LoongTrain)"},
      {"ulysses", "all-to-all: tokens are exchanged for heads"},
      {"usp", "Ulysses inside the node, zigzag ring across"},
      {"all-gather", "all K, V gathered before the computation"},
      {"tensor", "Megatron tensor parallelism with sequence parallelism"},
      {"single", "one GPU"},
  };
  return aliases;
}

int common_node_size(const ClusterSpec& cluster) {
  int size = 0;
  for (const NodeGroup& group : cluster.groups) size = std::gcd(size, group.node.gpus);
  return std::max(1, size);
}

Plan plan_from_alias(const std::string& text, const Scenario& scenario) {
  const PlanText parts = split(text);
  std::string name = parts.alias;
  Plan degrees;
  bool ring_given = false, ulysses_given = false, inner_given = false, transport_given = false;
  for (const AxisText& axis : parts.axes) {
    if (is_degree(axis.key)) apply_axis(degrees, axis.key, axis.value);
    ring_given |= axis.key == "ring";
    ulysses_given |= axis.key == "ulysses";
    inner_given |= axis.key == "inner_ring";
    transport_given |= axis.key == "transport";
  }
  if (name.empty()) {
    if (!transport_given)
      throw Error("cannot read plan \"" + text + "\": expected an alias such as \"burst\" or axes such as " +
                  "\"transport=ring:ring=8:layout=zigzag\"");
    // Axes alone: everything is as given, what is not given is one.
    Plan plan = degrees;
    for (const AxisText& axis : parts.axes) apply_axis(plan, axis.key, axis.value);
    if (!inner_given) plan.inner_ring = plan.ring;
    return plan;
  }
  std::vector<std::string_view> names;
  for (const PlanAlias& alias : plan_aliases()) names.push_back(alias.name);
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    std::string all;
    for (const std::string_view n : names) all += (all.empty() ? "" : ", ") + std::string(n);
    const std::string near = nearest_word(name, names);
    throw Error("unknown plan \"" + name + "\": expected one of " + all +
                (near.empty() ? "" : "; did you mean \"" + near + "\"?"));
  }
  Plan plan = base_plan(name, scenario, degrees, ring_given, ulysses_given);
  for (const AxisText& axis : parts.axes) {
    if (!is_degree(axis.key)) continue;
    Plan asked = plan;
    apply_axis(asked, axis.key, axis.value);
    if (asked != plan)
      throw Error(
          "plan \"" + name + "\" cannot have " + axis.key + " = " + axis.value +
          ": expected another alias, such as usp for ulysses and ring together, or all axes, such as " +
          "\"transport=hybrid:ulysses=2:ring=4\"");
  }
  for (const AxisText& axis : parts.axes)
    if (!is_degree(axis.key)) apply_axis(plan, axis.key, axis.value);
  return plan;
}

std::string plan_name(const Plan& plan, const Scenario& scenario) {
  std::string name = split_name(plan, scenario);
  const std::string memory = memory_axes_text(plan);
  return memory.empty() ? name : name + " " + memory;
}

std::string memory_axes_text(const Plan& plan) {
  std::string text;
  const auto add = [&](const std::string& word) { text += (text.empty() ? "" : " ") + word; };
  switch (plan.checkpoint) {
    case Checkpoint::none: break;
    case Checkpoint::full: add("ckpt-full"); break;
    case Checkpoint::attention_output: add("ckpt-attn"); break;
    case Checkpoint::half_attention_output: add("ckpt-half-attn"); break;
  }
  if (plan.zero > 0) add("zero" + std::to_string(plan.zero));
  if (plan.offload == Offload::optimizer) add("offload");
  if (plan.fused_loss == FusedLoss::yes) add("fused");
  return text;
}

std::string split_name(const Plan& plan, const Scenario& scenario) {
  std::string name = family_name(plan);
  if (plan.tensor > 1 && plan.transport != Transport::tensor)
    name = "tensor " + std::to_string(plan.tensor) + " x " + name;
  if (plan.data > 1) name = "data " + std::to_string(plan.data) + " x " + name;
  const bool backward = has_backward(scenario.workload.phase);
  // Axes that the family name does not fix.
  if (plan.transport == Transport::hybrid || plan.transport == Transport::all_gather) {
    if (plan.layout != Layout::zigzag) name += " " + std::string(name_of(plan.layout));
  }
  const bool travelling = plan.transport_is_ring() || plan.transport == Transport::all_gather;
  if (backward && travelling) {
    const bool side_in_name = name.find("burst") != std::string::npos;
    if (plan.transport_is_ring() && plan.backward == BackwardSide::q && !side_in_name) name += " q-side";
    if (plan.grad_dtype == GradDtype::fp32) name += " fp32";
  }
  if (plan.forward == ForwardSide::q) name += " pass-q";
  return name;
}

Plan without_memory_axes(Plan plan) {
  const Plan defaults;
  plan.checkpoint = defaults.checkpoint;
  plan.zero = defaults.zero;
  plan.offload = defaults.offload;
  plan.fused_loss = defaults.fused_loss;
  return plan;
}

std::vector<std::string> given_axes(const std::string& text) {
  std::vector<std::string> keys;
  for (const AxisText& axis : split(text).axes) keys.push_back(axis.key);
  return keys;
}

std::string alias_of(const Plan& plan, const Scenario& scenario) {
  // An alias says nothing of what a training step keeps and shards.
  const Plan compared = is_whole_model(scenario.workload.phase) ? without_memory_axes(plan) : plan;
  for (const PlanAlias& alias : plan_aliases())
    if (plan_from_alias(std::string(alias.name), scenario) == compared) return std::string(alias.name);
  return plan_name(plan, scenario);
}

}  // namespace costmodel
