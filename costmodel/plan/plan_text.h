// A plan as text: "transport=ring:ring=8:inner_ring=8:layout=zigzag:backward=q:grad_dtype=bf16".
//
// Axes that stand at their default are left out where that shortens the text.  Aliases (burst, usp, ...) are
// in plan_alias.h.  Readers throw Error without a place.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "costmodel/plan/plan.h"

namespace costmodel {

std::string_view name_of(Transport transport);
std::string_view name_of(Layout layout);
std::string_view name_of(ForwardSide side);
std::string_view name_of(BackwardSide side);
std::string_view name_of(GradDtype dtype);
std::string_view name_of(Checkpoint checkpoint);
std::string_view name_of(Offload offload);
std::string_view name_of(FusedLoss fused_loss);

Transport parse_transport(std::string_view text);
Layout parse_layout(std::string_view text);
ForwardSide parse_forward_side(std::string_view text);
BackwardSide parse_backward_side(std::string_view text);
GradDtype parse_grad_dtype(std::string_view text);
Checkpoint parse_checkpoint(std::string_view text);
Offload parse_offload(std::string_view text);
FusedLoss parse_fused_loss(std::string_view text);

// The optimizer sharding stage: 0 to 3.
int parse_zero(std::string_view text);

// A parallel degree: a whole number from 1 to 1,048,576.
int parse_degree(std::string_view text);

// Every axis with its value, in the order of plan.h.
std::vector<std::pair<std::string, std::string>> axes_of(const Plan& plan);

// The axes that differ from a default plan, and always the transport, joined with ':'.
// apply_axes(default plan, axes_text(plan)) gives the plan back.
std::string axes_text(const Plan& plan);

// The keys that apply_axis knows: transport, tensor, data, ulysses, ring, inner_ring, layout, ...
const std::vector<std::string>& axis_keys();

// Sets one axis.  A flat ring stays flat when `ring` changes, unless inner_ring says otherwise.
void apply_axis(Plan& plan, std::string_view key, std::string_view value);

// Sets axes written as key=value:key=value.
void apply_axes(Plan& plan, std::string_view text);

}  // namespace costmodel
