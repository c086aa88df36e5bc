#include "costmodel/formats/framework_export.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "costmodel/base/enum_text.h"
#include "costmodel/formats/export_parts.h"
#include "costmodel/plan/plan_alias.h"

namespace costmodel {

namespace {

constexpr std::array framework_names{EnumName{Framework::megatron, "megatron"},
                                     EnumName{Framework::usp, "usp"},
                                     EnumName{Framework::ring_flash_attention, "ring-flash-attention"},
                                     EnumName{Framework::burst_engine, "burstengine"}};

std::string comment_list(std::string_view head, const std::vector<std::string>& sentences) {
  std::string text;
  if (sentences.empty()) return text;
  text += fmt::format("# {}\n", head);
  for (const std::string& sentence : sentences) text += "#  - " + sentence + "\n";
  return text;
}

}  // namespace

std::string_view name_of(Framework framework) { return enum_name(framework, framework_names); }
Framework parse_framework(std::string_view text) { return enum_value(text, framework_names); }

const std::vector<Framework>& all_frameworks() {
  static const std::vector<Framework> frameworks{Framework::megatron, Framework::usp,
                                                 Framework::ring_flash_attention, Framework::burst_engine};
  return frameworks;
}

FrameworkExport export_plan(Framework framework, const Scenario& scenario, const Plan& plan) {
  FrameworkExport result;
  switch (framework) {
    case Framework::megatron: result = export_megatron(scenario, plan); break;
    case Framework::usp: result = export_usp(scenario, plan); break;
    case Framework::ring_flash_attention: result = export_ring_flash_attention(scenario, plan); break;
    case Framework::burst_engine: result = export_burst_engine(scenario, plan); break;
  }
  result.framework = framework;
  const bool launches_training = framework == Framework::megatron || framework == Framework::burst_engine;
  if (scenario.workload.phase == WorkPhase::prefill && launches_training)
    result.not_expressible.push_back(
        "The flags are those of a training script; a prefill, with its cache and its logits, has none. "
        "Nearest: the "
        "same degrees in an inference server.");
  if (scenario.workload.mask.kind == MaskKind::documents)
    result.not_expressible.push_back(
        "The mask keeps packed documents apart; that is a matter of the data loader and of cumulative "
        "lengths "
        "given to the attention call. Nearest: the causal mask of these flags.");
  if (!scenario.placement.empty())
    result.not_expressible.push_back(
        "The scenario places ranks on chosen GPUs; torchrun numbers ranks node by node. Nearest: order the "
        "hosts and "
        "set CUDA_VISIBLE_DEVICES on each.");
  return result;
}

std::string export_text(const FrameworkExport& result) {
  std::string text = fmt::format("# {}: flags as of {}\n", name_of(result.framework), result.source);
  text += comment_list("Cannot be expressed:", result.not_expressible);
  text += comment_list("Notes:", result.notes);
  for (const std::string& variable : result.environment) text += "export " + variable + "\n";
  if (!result.launcher.empty()) {
    text += result.launcher;
    for (const std::string& flag : result.flags) text += " \\\n  " + flag;
    text += "\n";
  }
  for (const std::string& line : result.code) text += line + "\n";
  return text;
}

std::string torchrun(const Scenario& scenario, const Plan& plan, const std::string& script) {
  const int per_node = std::max(1, std::min(common_node_size(scenario.cluster), plan.world_size()));
  const int nodes = (plan.world_size() + per_node - 1) / per_node;
  return fmt::format("torchrun --nnodes {} --nproc-per-node {} {}", nodes, per_node, script);
}

bool splits_context(const Plan& plan) { return plan.context_parallel() > 1; }

void note_axes_outside_attention(const Plan& plan, const std::string& library, FrameworkExport& result) {
  std::string axes;
  const auto add = [&axes](std::string_view axis) { axes += (axes.empty() ? "" : ", ") + std::string(axis); };
  if (plan.checkpoint != Checkpoint::none) add("checkpointing");
  if (plan.zero > 0) add("optimizer sharding");
  if (plan.offload != Offload::none) add("optimizer offload");
  if (plan.fused_loss == FusedLoss::yes) add("the fused loss");
  if (!axes.empty())
    result.notes.push_back(library + " is the attention alone; the training code around it sets " + axes +
                           ".");
}

}  // namespace costmodel
