#include "costmodel/plan/plan_text.h"

#include "costmodel/base/enum_text.h"
#include "costmodel/base/unit_text.h"

namespace costmodel {

namespace {

constexpr std::array transports{
    EnumName<Transport>{Transport::none, "none"},
    EnumName<Transport>{Transport::ring, "ring"},
    EnumName<Transport>{Transport::all_gather, "all_gather"},
    EnumName<Transport>{Transport::all_to_all, "all_to_all"},
    EnumName<Transport>{Transport::hybrid, "hybrid"},
    EnumName<Transport>{Transport::tensor, "tensor"},
};
constexpr std::array layouts{
    EnumName<Layout>{Layout::contiguous, "contiguous"},
    EnumName<Layout>{Layout::zigzag, "zigzag"},
    EnumName<Layout>{Layout::striped, "striped"},
};
constexpr std::array forward_sides{
    EnumName<ForwardSide>{ForwardSide::kv, "kv"},
    EnumName<ForwardSide>{ForwardSide::q, "q"},
};
constexpr std::array backward_sides{
    EnumName<BackwardSide>{BackwardSide::kv, "kv"},
    EnumName<BackwardSide>{BackwardSide::q, "q"},
};
constexpr std::array grad_dtypes{
    EnumName<GradDtype>{GradDtype::bf16, "bf16"},
    EnumName<GradDtype>{GradDtype::fp32, "fp32"},
};
constexpr std::array checkpoints{
    EnumName<Checkpoint>{Checkpoint::none, "none"},
    EnumName<Checkpoint>{Checkpoint::full, "full"},
    EnumName<Checkpoint>{Checkpoint::attention_output, "attention_output"},
    EnumName<Checkpoint>{Checkpoint::half_attention_output, "half_attention_output"},
};
constexpr std::array offloads{
    EnumName<Offload>{Offload::none, "none"},
    EnumName<Offload>{Offload::optimizer, "optimizer"},
};
constexpr std::array fused_losses{
    EnumName<FusedLoss>{FusedLoss::no, "no"},
    EnumName<FusedLoss>{FusedLoss::yes, "yes"},
};

constexpr int largest_degree = 1048576;

void set_ring(Plan& plan, int ring) {
  const bool flat = plan.inner_ring == plan.ring;
  plan.ring = ring;
  if (flat) plan.inner_ring = ring;
}

struct Axis {
  std::string_view key;
  std::string (*value)(const Plan&);
  void (*apply)(Plan&, std::string_view);
};

// The one table of axes: reading, writing and the list of keys all walk over it.
constexpr std::array axes{
    Axis{"transport", [](const Plan& p) { return std::string(name_of(p.transport)); },
         [](Plan& p, std::string_view v) { p.transport = parse_transport(v); }},
    Axis{"tensor", [](const Plan& p) { return std::to_string(p.tensor); },
         [](Plan& p, std::string_view v) { p.tensor = parse_degree(v); }},
    Axis{"data", [](const Plan& p) { return std::to_string(p.data); },
         [](Plan& p, std::string_view v) { p.data = parse_degree(v); }},
    Axis{"ulysses", [](const Plan& p) { return std::to_string(p.ulysses); },
         [](Plan& p, std::string_view v) { p.ulysses = parse_degree(v); }},
    Axis{"ring", [](const Plan& p) { return std::to_string(p.ring); },
         [](Plan& p, std::string_view v) { set_ring(p, parse_degree(v)); }},
    Axis{"inner_ring", [](const Plan& p) { return std::to_string(p.inner_ring); },
         [](Plan& p, std::string_view v) { p.inner_ring = parse_degree(v); }},
    Axis{"layout", [](const Plan& p) { return std::string(name_of(p.layout)); },
         [](Plan& p, std::string_view v) { p.layout = parse_layout(v); }},
    Axis{"forward", [](const Plan& p) { return std::string(name_of(p.forward)); },
         [](Plan& p, std::string_view v) { p.forward = parse_forward_side(v); }},
    Axis{"backward", [](const Plan& p) { return std::string(name_of(p.backward)); },
         [](Plan& p, std::string_view v) { p.backward = parse_backward_side(v); }},
    Axis{"grad_dtype", [](const Plan& p) { return std::string(name_of(p.grad_dtype)); },
         [](Plan& p, std::string_view v) { p.grad_dtype = parse_grad_dtype(v); }},
    Axis{"checkpoint", [](const Plan& p) { return std::string(name_of(p.checkpoint)); },
         [](Plan& p, std::string_view v) { p.checkpoint = parse_checkpoint(v); }},
    Axis{"zero", [](const Plan& p) { return std::to_string(p.zero); },
         [](Plan& p, std::string_view v) { p.zero = parse_zero(v); }},
    Axis{"offload", [](const Plan& p) { return std::string(name_of(p.offload)); },
         [](Plan& p, std::string_view v) { p.offload = parse_offload(v); }},
    Axis{"fused_loss", [](const Plan& p) { return std::string(name_of(p.fused_loss)); },
         [](Plan& p, std::string_view v) { p.fused_loss = parse_fused_loss(v); }},
};

}  // namespace

std::string_view name_of(Transport transport) { return enum_name(transport, transports); }
std::string_view name_of(Layout layout) { return enum_name(layout, layouts); }
std::string_view name_of(ForwardSide side) { return enum_name(side, forward_sides); }
std::string_view name_of(BackwardSide side) { return enum_name(side, backward_sides); }
std::string_view name_of(GradDtype dtype) { return enum_name(dtype, grad_dtypes); }
std::string_view name_of(Checkpoint checkpoint) { return enum_name(checkpoint, checkpoints); }
std::string_view name_of(Offload offload) { return enum_name(offload, offloads); }
std::string_view name_of(FusedLoss fused_loss) { return enum_name(fused_loss, fused_losses); }

Transport parse_transport(std::string_view text) { return enum_value(text, transports); }
Layout parse_layout(std::string_view text) { return enum_value(text, layouts); }
ForwardSide parse_forward_side(std::string_view text) { return enum_value(text, forward_sides); }
BackwardSide parse_backward_side(std::string_view text) { return enum_value(text, backward_sides); }
GradDtype parse_grad_dtype(std::string_view text) { return enum_value(text, grad_dtypes); }
Checkpoint parse_checkpoint(std::string_view text) { return enum_value(text, checkpoints); }
Offload parse_offload(std::string_view text) { return enum_value(text, offloads); }
FusedLoss parse_fused_loss(std::string_view text) { return enum_value(text, fused_losses); }

int parse_zero(std::string_view text) {
  return static_cast<int>(parse_count(text, "the optimizer sharding stage", 0, 3));
}

int parse_degree(std::string_view text) {
  return static_cast<int>(parse_count(text, "a parallel degree", 1, largest_degree));
}

std::vector<std::pair<std::string, std::string>> axes_of(const Plan& plan) {
  std::vector<std::pair<std::string, std::string>> result;
  for (const Axis& axis : axes) result.emplace_back(axis.key, axis.value(plan));
  return result;
}

std::string axes_text(const Plan& plan) {
  // What a ring does is said even when it is the default: it is what people look for in the text.
  const auto always = [&plan](std::string_view key) {
    if (key == "transport") return true;
    if (!plan.transport_is_ring()) return false;
    return key == "inner_ring" || key == "layout" || key == "backward" || key == "grad_dtype";
  };
  // Reading starts from a default plan, where setting `ring` moves inner_ring along.
  Plan read_back;
  std::string text;
  for (const Axis& axis : axes) {
    const std::string value = axis.value(plan);
    if (axis.value(read_back) == value && !always(axis.key)) continue;
    axis.apply(read_back, value);
    text += (text.empty() ? "" : ":") + std::string(axis.key) + "=" + value;
  }
  return text;
}

const std::vector<std::string>& axis_keys() {
  static const std::vector<std::string> keys = [] {
    std::vector<std::string> list;
    for (const Axis& axis : axes) list.emplace_back(axis.key);
    return list;
  }();
  return keys;
}

void apply_axis(Plan& plan, std::string_view key, std::string_view value) {
  for (const Axis& axis : axes) {
    if (axis.key != key) continue;
    try {
      axis.apply(plan, value);
    } catch (const Error& error) {
      throw Error(std::string(key) + ": " + error.message());
    }
    return;
  }
  std::string list;
  for (const std::string& known : axis_keys()) list += (list.empty() ? "" : ", ") + known;
  const std::string near = nearest_word(std::string(key.substr(0, 64)), axis_keys());
  throw Error("unknown plan axis " + in_quotes(key) + ": expected one of " + list +
              (near.empty() ? "" : "; did you mean \"" + near + "\"?"));
}

void apply_axes(Plan& plan, std::string_view text) {
  while (true) {
    const std::size_t colon = text.find(':');
    const std::string_view part = text.substr(0, colon);
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos)
      throw Error("cannot read " + in_quotes(part) +
                  ": expected axis=value, joined with ':', such as \"ring=8:layout=zigzag\"");
    apply_axis(plan, part.substr(0, equals), part.substr(equals + 1));
    if (colon == std::string_view::npos) return;
    text.remove_prefix(colon + 1);
  }
}

}  // namespace costmodel
