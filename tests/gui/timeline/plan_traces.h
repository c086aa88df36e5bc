// Traces of real plans for the tests of the timeline: LLaMA-7B over four DGX H100, so few tokens a GPU that
// the card of one GPU holds up a flat ring.
#pragma once

#include "costmodel/plan/plan_alias.h"
#include "costmodel/spec/cluster_presets.h"
#include "costmodel/spec/model_presets.h"
#include "gui/timeline/predicted_trace.h"

namespace tests {

inline costmodel::Scenario h100_scenario(
    costmodel::WorkPhase phase = costmodel::WorkPhase::forward_backward) {
  costmodel::Scenario scenario;
  scenario.model = *costmodel::find_model_preset("llama-7b");
  scenario.cluster = *costmodel::find_cluster_preset("dgx-h100");
  scenario.cluster.groups.front().count = 4;
  scenario.workload.sequence = 1 << 18;
  scenario.workload.phase = phase;
  return scenario;
}

inline gui::TimelineTrace trace_of(const char* alias,
                                   costmodel::WorkPhase phase = costmodel::WorkPhase::forward_backward) {
  const costmodel::Scenario scenario = h100_scenario(phase);
  const costmodel::Pricer pricer(scenario);
  return gui::makeTimelineTrace(pricer, costmodel::plan_from_alias(alias, scenario));
}

}  // namespace tests
